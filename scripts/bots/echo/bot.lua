-- echo: says what it is told to say, and counts how often.

hub.respond("^say%s+(.+)$", { ignore_case = true }, function(m)
	local count = (kv.get("count") or 0) + 1
	kv.set("count", count)
	m:reply(m.match[1] .. " (" .. count .. ")")
end)

hub.hear("^marco$", { ignore_case = true }, function(m)
	m:reply("Polo!")
end)
