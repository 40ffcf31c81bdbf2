-- poll: a question with answers to react to.

local marks = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine" }
local usage = "Write `/poll Question? | first answer | second answer`, with two to nine answers."

local function trim(text)
	return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

local function parts_of(text)
	local parts = {}
	for part in text:gmatch("[^|]+") do
		part = trim(part)
		if part ~= "" then
			parts[#parts + 1] = part
		end
	end
	return parts
end

hub.command("poll", { description = "Asks a question with answers to react to", hint = "Question? | answer | answer" },
	function(m)
		local parts = parts_of(m.text)
		if #parts < 3 or #parts > #marks + 1 then
			return usage
		end
		local lines = { "**" .. parts[1] .. "**" }
		for i = 2, #parts do
			lines[#lines + 1] = ":" .. marks[i - 1] .. ": " .. parts[i]
		end
		return table.concat(lines, "\n"), true
	end)

-- "@poll close" in the thread of a poll counts the answers that were given there as text.
hub.respond("^close$", { ignore_case = true }, function(m)
	if m.thread == "" then
		m:reply("Write this in the thread of a poll.")
		return
	end
	local answers = 0
	for _, post in ipairs(hub.history(m.channel.id, { limit = 200 })) do
		if post.root_id == m.thread and post.user_id ~= hub.user_id then
			answers = answers + 1
		end
	end
	m:reply_in_thread("Closed after " .. answers .. " posts.")
end)
