-- Sends ready-made requests one after the other, and tells in one line of JSON what came of it.
local requests, place = {}, 0
local file = io.open(os.getenv("REQUESTS"), "rb")
local length = file:read("*l")
while length do
  requests[#requests + 1] = file:read(tonumber(length))
  length = file:read("*l")
end
file:close()

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format(
    '{"requests": %d, "failed": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f}',
    summary.requests, failed, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
