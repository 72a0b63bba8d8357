"""Enter a run from the object store into a Redis that lost it: as history, which never goes on."""

from typing import Final

from jobs.records.connection import Connection
from jobs.records.journal import FIRST, Entered, Fenced, History

_FEED_KEPT: Final = 10_000
_FIELDS: Final = ("number", "previous", "hash", "key", "epoch", "signature", "body")

# One piece, under the lease of the run, and only on what was read before.
_ENTER: Final = """
if redis.call('HGET', KEYS[6], 'epoch') ~= ARGV[2] then return 'FENCED' end
local length = redis.call('HGET', KEYS[1], 'length') or '0'
local head = redis.call('HGET', KEYS[1], 'head') or ARGV[5]
if length ~= ARGV[3] or head ~= ARGV[4] then return 'CHAIN' end
for at = 11, #ARGV, 7 do
  redis.call('XADD', KEYS[2], '*', 'number', ARGV[at], 'previous', ARGV[at + 1],
    'hash', ARGV[at + 2], 'key', ARGV[at + 3], 'epoch', ARGV[at + 4],
    'signature', ARGV[at + 5], 'body', ARGV[at + 6])
end
redis.call('HSET', KEYS[1], 'head', ARGV[7], 'length', ARGV[6], 'entered', ARGV[8])
redis.call('ZADD', KEYS[3], ARGV[9], ARGV[1])
redis.call('SREM', KEYS[4], ARGV[1])
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[10], '*',
  'run', ARGV[1], 'number', ARGV[6], 'kind', 'entered')
return 'DONE'
"""


async def enter(
    connection: Connection, known: History, kept: History, entered: Entered, epoch: int
) -> None:
    """Make a journal as long as the verified one of the store, and mark it. Raises Fenced.

    `known` is what Redis has, with which `kept` begins; `epoch` is the caller's lease of the run.
    """
    run = kept.run
    keys = [f"run:{run}", f"journal:{run}", "runs", "runs:open", "feed", f"lease:{run}"]
    values = [
        run,
        str(epoch),
        str(len(known.entries)),
        known.head,
        FIRST,
        str(len(kept.entries)),
        kept.head,
        entered.model_dump_json(),
        str(kept.events[0].at.timestamp()),
        str(_FEED_KEPT),
    ]
    for entry in kept.entries[len(known.entries) :]:
        fields = entry.model_dump(mode="json")
        values += [str(fields[name]) for name in _FIELDS]
    answer = await connection.run_script(_ENTER, keys, values)
    if answer != "DONE":
        msg = f"run {run} was not entered ({answer})"
        raise Fenced(msg)
