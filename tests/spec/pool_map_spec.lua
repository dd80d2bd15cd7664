-- map and imap_unordered of a pool of threads.
require "pool_map_cases"(require("braid.pool").ThreadPoolExecutor)
