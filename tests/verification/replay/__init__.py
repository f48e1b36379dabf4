"""Workflows under way go on with changed code: committed histories are replayed.

`histories/` holds one for every end and every wait that `states.py` lists, `fingerprints/` the
commands of each. Both are made by `python -m tests.verification.replay.record`, never by hand.
To change what a
workflow asks Temporal for, put the new sequence under `workflow.patched` and record: histories that
went through the patch are added as `<name>+<patch>`. The old ones, and the branch they need, go
when no workflow that began before the patch is under way anywhere.
"""
