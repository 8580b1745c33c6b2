use super::*;
use crate::queue::{Effects, Event, Queue, QueueConfig, Setting};
use chinampa_jobs::UnixMs;

fn queue() -> Queue {
    Queue::new(QueueConfig::default(), 1, UnixMs(0))
}

fn keep(queue: &mut Queue, id: &str, record: Option<&TokenRecord>) {
    let value = record.map(|record| serde_json::to_string(record).unwrap().into());
    let setting = Setting::Other(format!("{TOKEN_KEY_PREFIX}{id}").into(), value);
    queue.apply(Event::Set(setting), UnixMs(0), &mut Effects::default()).unwrap();
}

#[test]
fn a_token_is_known_until_it_is_revoked() {
    let (id, token, record) = TokenRecord::make("rack".to_owned(), Role::Agent, None, 5).unwrap();
    let access = Access::new(AccessConfig::default());
    let mut queue = queue();
    assert_eq!(access.identify(Some(&token)), Err(AccessError::Unauthenticated));
    keep(&mut queue, &id, Some(&record));
    access.update(queue.settings());
    let caller = access.identify(Some(&token)).unwrap();
    assert_eq!(caller.role, Role::Agent);
    assert!(!serde_json::to_string(&record).unwrap().contains(&token));
    let wrong = format!("{}0", &token[..token.len() - 1]);
    let other = format!("chp_{id}_");
    for bad in [None, Some(wrong.as_str()), Some(&other), Some(""), Some("chp_"), Some(&record.sha256)] {
        if bad != Some(token.as_str()) {
            assert_eq!(access.identify(bad), Err(AccessError::Unauthenticated), "{bad:?}");
        }
    }
    keep(&mut queue, &id, None);
    access.update(queue.settings());
    assert_eq!(access.identify(Some(&token)), Err(AccessError::Unauthenticated));
}

#[test]
fn the_admin_key_is_known_by_its_hash() {
    let admin_key_sha256 = Some(hash_hex("secret").to_ascii_uppercase());
    let access = Access::new(AccessConfig { admin_key_sha256, is_open: false });
    assert_eq!(access.identify(Some("secret")).unwrap().role, Role::Admin);
    assert_eq!(access.identify(Some("Secret")), Err(AccessError::Unauthenticated));
}

#[test]
fn a_token_may_be_for_one_agent_only() {
    let own: AgentId = "a".parse().unwrap();
    let caller = Caller { name: String::new(), role: Role::Agent, agent: Some(own.clone()) };
    assert_eq!(caller.check_agent(&own), Ok(()));
    assert_eq!(caller.check_agent(&"b".parse().unwrap()), Err(AccessError::OtherAgent));
    assert_eq!(caller.check(Permission::View), Err(AccessError::Forbidden { role: Role::Agent }));
}

#[test]
fn nobody_but_admins_gives_tokens() {
    for role in Role::ALL {
        assert_eq!(role.has(Permission::Administer), role == Role::Admin);
        assert_eq!(role.name().parse::<Role>(), Ok(role));
    }
}
