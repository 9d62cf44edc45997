"""Write ``results/bad_input.json``; exits with 1 where an outcome is not as it should be."""

import sys
from pathlib import Path

from galutils.store.files import write_json

from .runner import run_all

records = run_all()
bad = [record for record in records if not record["ok"]]
for record in bad:
    print(f"{record['reader']}: {record['case']}: {record['expected']}\n    {record['outcome']}")
print(f"{len(records)} cases, {len(bad)} not as expected")
write_json(Path(__file__).parents[2] / "results" / "bad_input.json", records)
sys.exit(bool(bad))
