-- Braid is Lua 5.4; the test framework's words are globals of its files.
std = "lua54"
max_line_length = 120
exclude_files = { "**/*.meta.lua" }
files["tests/**/*_spec.lua"] = { read_globals = { "test", "expect", "expect_error" } }
files["tests/**/*_test.lua"] = { read_globals = { "test", "expect", "expect_error" } }
files["tests/fault/*.lua"] = { read_globals = { "test", "expect" }, globals = { "at_step" } }
