"""The Lua that guards a shard: whatever is carried out late, or by a drain of before, does nothing.

A call that got no answer may be carried out at any time later. So each acquisition makes a new
fencing number, with which all calls of before are void; a range is only begun where the last one
ended and none is open; and only the range that is open is committed, once. The drain frees the
queue's memory, so its calls are allowed when that is used up.
"""

# KEYS: lease, fence. ARGV: owner, ms. Gives the fencing number, 0 while another holds it.
ACQUIRE = """#!lua flags=allow-oom
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('INCR', KEYS[2])
"""

# KEYS: lease. ARGV: owner, ms. Never takes a lost lease back: the cursor may have moved.
RENEW = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# KEYS: lease. ARGV: owner.
RELEASE = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# A repeat of the same range is answered as the first one was.
# KEYS: fence, intent, cursor. ARGV: fencing number, intent, start of its range.
INTEND = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if (redis.call('GET', KEYS[3]) or '0-0') ~= ARGV[3] then return 0 end
local open = redis.call('GET', KEYS[2])
if open then return open == ARGV[2] and 1 or 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""

# A repeat of the commit that came last is answered as that was. The visits are a log: a commit
# adds what changed, and takes away as many of the oldest blobs as are of no use any more.
# KEYS: fence, intent, cursor, batch, visits, closures, stream. ARGV: fencing number, intent, end,
# batch, visits or '', how many blobs to drop, closures or '' when they are as they were, first id
# to keep.
COMMIT = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local open = redis.call('GET', KEYS[2])
if not open and redis.call('GET', KEYS[3]) == ARGV[3] and redis.call('GET', KEYS[4]) == ARGV[4] then
  return 1
end
if open ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[3], ARGV[3])
redis.call('SET', KEYS[4], ARGV[4])
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[5], ARGV[5]) end
if ARGV[6] ~= '0' then redis.call('LTRIM', KEYS[5], ARGV[6], -1) end
if ARGV[7] ~= '' then redis.call('SET', KEYS[6], ARGV[7]) end
redis.call('DEL', KEYS[2])
redis.call('XTRIM', KEYS[7], 'MINID', ARGV[8])
return 1
"""
