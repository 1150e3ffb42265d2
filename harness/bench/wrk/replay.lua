-- Replays pre-generated request bodies, so that the load generator formats nothing while it measures.
--
--   wrk -s replay.lua URL -- TARGET BODIES_FILE FIRST_VERSION
--
-- TARGET is the X-Amz-Target; BODIES_FILE has one body per line. A body may hold the placeholder below, also several
-- times: each request then carries the next number there (ten digits, from FIRST_VERSION on), so that no write is ever a write of
-- what is already stored. done() prints one line of JSON, which harness/bench/wire/load.py reads.

local placeholder = "@version@@"

local pieces = {} -- of each request, what stands before, between and behind its placeholders
local position, version = 0, 0

function init(args)
  local target, file_name, first_version = args[1], args[2], args[3]
  version = tonumber(first_version)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-amz-json-1.0"
  wrk.headers["Accept-Encoding"] = "identity"
  wrk.headers["User-Agent"] = "aws-sdk-shaped/1.0"
  wrk.headers["X-Amz-Target"] = target
  wrk.headers["X-Amz-Date"] = "20260101T000000Z"
  wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/dynamodb/aws4_request, "
    .. "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" .. string.rep("0", 64)
  for body in io.lines(file_name) do
    local request = wrk.format(nil, nil, nil, body)
    local of_request, from = {}, 1
    local first, last = request:find(placeholder, from, true)
    while first do
      of_request[#of_request + 1] = request:sub(from, first - 1)
      from = last + 1
      first, last = request:find(placeholder, from, true)
    end
    of_request[#of_request + 1] = request:sub(from)
    pieces[#pieces + 1] = of_request
  end
end

function request()
  position = position + 1
  if position > #pieces then position = 1 end
  local of_request = pieces[position]
  if #of_request == 1 then return of_request[1] end
  version = version + 1
  return table.concat(of_request, version)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"bytes":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
