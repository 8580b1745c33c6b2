//! A message in the hands of a session.

use chinampa_jobs::RequestType;
use lapin::message::Delivery;
use tokio::sync::mpsc;

/// What became of a message, and of the session that had it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) delivery: Box<Delivery>,
    pub(super) verdict: Verdict,
    /// The session still has no job.
    pub(super) is_free: bool,
}

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has done its work.
    Done,
    /// Somebody else gets it.
    Back,
}

/// A message that a session claims by. Dropped without an answer, it goes back to its queue.
#[derive(Debug)]
pub(crate) struct Token {
    pub(super) kind: RequestType,
    pub(super) delivery: Option<Box<Delivery>>,
    pub(super) answers: mpsc::UnboundedSender<Answer>,
}

impl Token {
    /// The claim is answered: with a job of this type, or with none. A message of another type than the job's goes back once,
    /// because its job waits still, perhaps for somebody who takes no other type.
    pub(crate) fn answered(mut self, job: Option<RequestType>) {
        let is_other = job.is_some_and(|job| job != self.kind);
        let is_first = self.delivery.as_ref().is_some_and(|delivery| !delivery.redelivered);
        let verdict = if is_other && is_first { Verdict::Back } else { Verdict::Done };
        self.send(verdict, job.is_none());
    }

    fn send(&mut self, verdict: Verdict, is_free: bool) {
        if let Some(delivery) = self.delivery.take() {
            // Who listens no more has lost the connection, and RabbitMQ gives the message to somebody else.
            let _ = self.answers.send(Answer { delivery, verdict, is_free });
        }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.send(Verdict::Back, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(redelivered: bool, answer: impl FnOnce(Token)) -> (Verdict, bool) {
        let (answers, mut given) = mpsc::unbounded_channel();
        let delivery = Delivery::mock(1, "".into(), "".into(), redelivered, Vec::new());
        let delivery = Some(Box::new(delivery));
        answer(Token { kind: RequestType::ParityBase, delivery, answers });
        let answer = given.try_recv().unwrap();
        assert!(given.try_recv().is_err(), "one answer");
        (answer.verdict, answer.is_free)
    }

    #[test]
    fn a_message_goes_back_without_an_answer_and_once_for_a_job_of_another_type() {
        let (own, other) = (Some(RequestType::ParityBase), Some(RequestType::RootRollup));
        assert_eq!(verdict(false, |token| token.answered(own)), (Verdict::Done, false));
        assert_eq!(verdict(false, |token| token.answered(None)), (Verdict::Done, true));
        assert_eq!(verdict(false, |token| token.answered(other)), (Verdict::Back, false));
        assert_eq!(verdict(true, |token| token.answered(other)), (Verdict::Done, false));
        assert_eq!(verdict(true, drop), (Verdict::Back, true));
    }
}
