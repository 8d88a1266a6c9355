"""The Lua that appends entries to a shard's stream; whatever is sent again adds nothing."""

from hashlib import sha1

# Keeps each producer's last number, so that a repeated append adds nothing, and the answer to a
# request that has a key of its own, so that another one with it adds nothing either. A number is
# written after its entry: a script that fails midway is tried again. All entries of a shard are
# one call, which ends at the first that is refused: were the next one taken all the same, such as
# when memory is freed between the two, its number would hide the first one for ever. An entry's id
# is the server's time. With a development clock it is the asked time, if past; or the last id's
# where that has gone further already, since ids only grow. KEYS: stream, producer, then the keys
# of requests that have one. ARGV: milliseconds to keep a number, and an answer; then of each entry
# its number, itself, asked milliseconds or 0, and the answer to keep, '' without a key.
APPEND = """
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local told, keyed = {}, 2
for place = 3, #ARGV, 4 do
  local number, ms, answer = ARGV[place], ARGV[place + 2], ARGV[place + 3]
  local key, kept
  if answer ~= '' then
    keyed = keyed + 1
    key = KEYS[keyed]
    kept = redis.call('GET', key)
  end
  local fresh = tonumber(number) > last
  if fresh and not kept then
    local id = '*'
    if ms ~= '0' and tonumber(ms) < redis.call('TIME')[1] * 1000 then
      if redis.call('EXISTS', KEYS[1]) == 1 then
        local facts = redis.call('XINFO', 'STREAM', KEYS[1])
        for fact = 1, #facts, 2 do
          if facts[fact] == 'last-generated-id' then
            local gone = string.match(facts[fact + 1], '^%d+')
            if tonumber(gone) > tonumber(ms) then ms = gone end
          end
        end
      end
      id = ms .. '-*'
    end
    redis.call('XADD', KEYS[1], id, 'b', ARGV[place + 1])
    if key then redis.call('SET', key, answer, 'PX', ARGV[2]) end
  end
  if fresh then
    redis.call('SET', KEYS[2], number, 'PX', ARGV[1])
    last = tonumber(number)
  end
  told[#told + 1] = kept or 1
end
return told
"""
APPEND_DIGEST = sha1(APPEND.encode(), usedforsecurity=False).hexdigest()
