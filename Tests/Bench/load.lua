-- What wrk sends. Arguments: method, token, a file with the body, how many numbers there are, after how many answers to
-- stop (0: at the end of the time). In path and body NUMBER is replaced by one number after another, from 000000 on.
local method, token, numbers, limit, body

local function request_number(path, i)
    local number = string.format("%06d", i)
    return wrk.format(method, (path:gsub("NUMBER", number)), nil, (body:gsub("NUMBER", number)))
end

local function stop_after(limit)
    local answers = 0
    response = function()
        answers = answers + 1
        if answers == limit then
            wrk.thread:stop()
            -- wrk itself waits for the end of the time, unless it is interrupted; not while it waits for this shell.
            os.execute("(sleep 0.05; kill -INT $PPID) &")
        end
    end
end

function init(arguments)
    method, token = arguments[1], arguments[2]
    local file = assert(io.open(arguments[3]))
    body = file:read("*a")
    file:close()
    numbers, limit = tonumber(arguments[4]), tonumber(arguments[5])
    wrk.method, wrk.body = method, body
    if token ~= "" then wrk.headers["Authorization"] = "Bearer " .. token end
    if numbers > 0 then
        local requests, path, i = {}, wrk.path, -1
        for number = 0, numbers - 1 do requests[number] = request_number(path, number) end
        request = function()
            i = (i + 1) % numbers
            return requests[i]
        end
    end
    if limit > 0 then stop_after(limit) end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "p50_us": %d, "p99_us": %d, "refused": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
