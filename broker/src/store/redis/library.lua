#!lua name=chinampa_v1

-- Everything that brokers do with their store, each call atomic. keys[1] is the store's name in braces, so that all of
-- its keys are in one slot. Keys behind it: state (hash: position, run, log_bytes), log (list: one entry for each commit,
-- the oldest cut off), turn (who may commit), epochs (set), settings (hash), and jobs:E, settlements:E, failures:E,
-- leases:E (hashes by job id) for each epoch E.

local LOG_MAX = 20000
local LOG_BYTES_MAX = 64 * 1024 * 1024
local TABLES = { 'jobs', 'settlements', 'failures', 'leases' }

local function number(base, field)
  return tonumber(redis.call('HGET', base .. ':state', field) or '0')
end

-- { 1, position, entries after `seen`... }, or { 2 } if some of them are no longer there.
local function since(base, seen)
  local position = number(base, 'position')
  local missing = position - seen
  if missing < 0 or missing > redis.call('LLEN', base .. ':log') then
    return { 2 }
  end
  local reply = { 1, position }
  if missing > 0 then
    for _, entry in ipairs(redis.call('LRANGE', base .. ':log', -missing, -1)) do
      reply[#reply + 1] = entry
    end
  end
  return reply
end

-- args: owner, seen position, milliseconds. { 0 } if it is another owner's turn.
local function begin(keys, args)
  local turn = keys[1] .. ':turn'
  local holder = redis.call('GET', turn)
  if holder and holder ~= args[1] then
    return { 0 }
  end
  redis.call('SET', turn, args[1], 'PX', args[3])
  return since(keys[1], tonumber(args[2]))
end

-- args: seen position.
local function pull(keys, args)
  return since(keys[1], tonumber(args[1]))
end

-- args: owner.
local function finish(keys, args)
  local turn = keys[1] .. ':turn'
  if redis.call('GET', turn) == args[1] then
    redis.call('DEL', turn)
  end
  return 1
end

-- Counts a start. { run, position }
local function open(keys)
  local state = keys[1] .. ':state'
  return { redis.call('HINCRBY', state, 'run', 1), number(keys[1], 'position') }
end

local function drop(base, epoch)
  for _, table in ipairs(TABLES) do
    redis.call('UNLINK', base .. ':' .. table .. ':' .. epoch)
  end
  redis.call('SREM', base .. ':epochs', epoch)
end

-- Each operation: a letter, then its arguments. Returns the index of the next one.
local function apply(base, args, i)
  local op = args[i]
  if op == 'H' then
    redis.call('HSET', base .. ':' .. args[i + 1], args[i + 2], args[i + 3])
    return i + 4
  elseif op == 'D' then
    redis.call('HDEL', base .. ':' .. args[i + 1], args[i + 2])
    return i + 3
  elseif op == 'S' then
    redis.call('SADD', base .. ':epochs', args[i + 1])
    return i + 2
  elseif op == 'E' then
    drop(base, args[i + 1])
    return i + 2
  end
  -- 'O': every epoch before this one.
  for _, epoch in ipairs(redis.call('SMEMBERS', base .. ':epochs')) do
    if tonumber(epoch) < tonumber(args[i + 1]) then
      drop(base, epoch)
    end
  end
  return i + 2
end

-- args: owner, expected position, entry of the log, operations... { 0 } if the turn is over, else { 1, position }
local function commit(keys, args)
  local base = keys[1]
  if redis.call('GET', base .. ':turn') ~= args[1] or number(base, 'position') ~= tonumber(args[2]) then
    return { 0 }
  end
  local i = 4
  while i <= #args do
    i = apply(base, args, i)
  end
  local log, state = base .. ':log', base .. ':state'
  redis.call('RPUSH', log, args[3])
  local bytes = redis.call('HINCRBY', state, 'log_bytes', #args[3])
  local len = redis.call('LLEN', log)
  while len > 1 and (len > LOG_MAX or bytes > LOG_BYTES_MAX) do
    bytes = redis.call('HINCRBY', state, 'log_bytes', -#redis.call('LPOP', log))
    len = len - 1
  end
  local position = redis.call('HINCRBY', state, 'position', 1)
  redis.call('DEL', base .. ':turn')
  return { 1, position }
end

-- A full server must still let a broker drop old epochs, so that taking a turn is allowed.
redis.register_function{ function_name = 'chinampa_v1_begin', callback = begin, flags = { 'allow-oom' } }
redis.register_function{ function_name = 'chinampa_v1_pull', callback = pull, flags = { 'no-writes' } }
redis.register_function{ function_name = 'chinampa_v1_finish', callback = finish, flags = { 'allow-oom' } }
redis.register_function('chinampa_v1_open', open)
redis.register_function('chinampa_v1_commit', commit)
-- For commits that only free memory.
redis.register_function{ function_name = 'chinampa_v1_free', callback = commit, flags = { 'allow-oom' } }
