"""What a hand would write: one table with what a timeline needs, and nothing of what the library does beyond."""

__all__ = ["IDEAL", "NAME"]

NAME = "one ideal table"

IDEAL = {
    "sqlite": "benchmarks.ideal.sqlite:SQLiteTable",
    "sqlite-normal": "benchmarks.ideal.sqlite:SQLiteTable",
    "postgresql": "benchmarks.ideal.postgresql:PostgreSQLTable",
    "mysql": "benchmarks.ideal.mysql:MySQLTable",
    "mongodb": "benchmarks.ideal.mongodb:MongoDBCollection",
}
"""The raw driver on the ideal table of each store."""
