"""What is read and written of documents, within the caller's transaction."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from attrs import frozen

from activitylog.errors import StaleVersion
from activitylog.storage import Document
from activitylog_sql._dialect import Dialect
from activitylog_sql._executor import Executor, Primitive, Row
from activitylog_sql._schema import DOCUMENTS

__all__ = ["Documents"]

_KEY: Final = "tenant = ? AND kind = ? AND name = ?"
_COLUMNS: Final = ("tenant", "kind", "name", "body", "version")
_UPDATE: Final = f"UPDATE {DOCUMENTS} SET body = ?, version = version + 1 WHERE {_KEY} AND version = ?"
_DELETE: Final = f"DELETE FROM {DOCUMENTS} WHERE {_KEY} AND version = ?"
_SELECT: Final = f"SELECT name, body, version FROM {DOCUMENTS} WHERE tenant = ? AND kind = ?"
_OF_KIND: Final = (
    f"SELECT * FROM (SELECT kind, name, body, version FROM {DOCUMENTS}"
    " WHERE tenant = ? AND kind = ? ORDER BY name LIMIT ?) AS k"
)


@frozen
class Documents:
    """The documents that one executor reaches."""

    executor: Executor
    dialect: Dialect

    def find(
        self, tenant: str, kind: str, names: Collection[str] | None, after: str | None, limit: int
    ) -> list[Document]:
        """Answer ``Storage.documents``."""
        statement = _SELECT
        values: list[Primitive] = [tenant, kind]
        if names is not None:
            among, wanted = self.dialect.among("name", names)
            statement += f" AND {among}"
            values += wanted
        if after is not None:
            statement += " AND name > ?"
            values.append(after)
        found = self.executor.run(f"{statement} ORDER BY name LIMIT ?", ((*values, limit),))
        return [Document(tenant, kind, *row) for row in found]

    def find_by_kind(self, tenant: str, kinds: Collection[str], limit: int) -> Mapping[str, list[Document]]:
        """Answer ``Storage.documents_by_kind`` by one statement."""
        found: dict[str, list[Document]] = {kind: [] for kind in kinds}
        if found:
            values = [value for kind in found for value in (tenant, kind, limit)]
            for row in self.executor.run(" UNION ALL ".join([_OF_KIND] * len(found)), (values,)):
                document = Document(tenant, *row)
                found[document.kind].append(document)
        return {kind: sorted(listed, key=lambda one: one.name) for kind, listed in found.items()}

    def put(self, document: Document, expected_version: int) -> None:
        """Answer ``Storage.put_document``: one statement that writes only over the expected version."""
        key = document.tenant, document.kind, document.name
        if document.body is None and expected_version == 0:
            written = self._current(document) is None
        elif document.body is None:
            written = self._wrote(_DELETE, (*key, expected_version))
        elif expected_version == 0:
            written = self.dialect.insert_new(self.executor, DOCUMENTS, _COLUMNS, (*key, document.body, 1))
        else:
            written = self._wrote(_UPDATE, (document.body, *key, expected_version))
        if not written:
            raise StaleVersion(
                f"version: this {document.kind} document is not at {expected_version}; read it again",
                self._current(document),
            )

    def _wrote(self, statement: str, row: Row) -> bool:
        self.executor.run(statement, (row,))
        return self.executor.changed == 1

    def _current(self, document: Document) -> Document | None:
        return next(iter(self.find(document.tenant, document.kind, [document.name], None, 1)), None)
