"""Runs SQL on a SQLite file, as somebody who can write the file would, and prints each row, its columns with | between.

usage: sqlite_execute.py FILE SQL
"""

import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
for statement in sys.argv[2].split(";"):
    for row in connection.execute(statement):
        print("|".join(str(column) for column in row))
connection.commit()
connection.close()
