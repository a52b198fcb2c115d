"""Validates report.json files against the published schema.

usage: validate_reports.py FASTJSONSCHEMA_DIR SCHEMA REPORT...

Names the first member of each file that does not fit and exits 1.
"""

import json
import sys


def main():
    library, schema_file, *reports = sys.argv[1:]
    sys.path.insert(0, library)
    import fastjsonschema

    with open(schema_file, encoding="utf-8") as file:
        validate = fastjsonschema.compile(json.load(file))
    wrong = 0
    for name in reports:
        try:
            with open(name, encoding="utf-8") as file:
                validate(json.load(file))
        except fastjsonschema.JsonSchemaException as error:
            print(f"{name}: {error.message[:500]}")
            wrong = 1
    return wrong


sys.exit(main())
