"""The store that ``docs/custom-storage.md`` shows is a whole store, and short."""

from itertools import count

import pytest

from activitylog.errors import StorageUnavailable
from activitylog.storage import Field, In
from activitylog.testing import StorageContract
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import TENANT, document, query, record


class TestJsonLinesStorage(StorageContract):
    @pytest.fixture
    def make_storage(self, json_lines, tmp_path):
        numbers = count()
        return lambda: json_lines.open_storage(f"jsonl://{tmp_path / f'{next(numbers)}.jsonl'}")


def test_it_is_short(json_lines_source):
    assert len(json_lines_source.splitlines()) < 200


def test_everything_is_there_after_opening_again(json_lines, tmp_path):
    storage = json_lines.JsonLinesStorage(tmp_path / "log.jsonl")
    chain = history(storage, record(idempotency_key="k"), 3)
    purged = history(storage, record(note="secret words"), 2)
    storage.put_document(document(), expected_version=0)
    storage.put_document(document("gone"), expected_version=0)
    storage.put_document(document("gone", None), expected_version=1)
    storage.delete(query(where=In(Field.ID, [purged[0].id])), limit=1)

    again = json_lines.JsonLinesStorage(tmp_path / "log.jsonl")
    assert list(again.fetch(query())) == chain[2:]
    assert list(again.versions(TENANT, chain[0].id, limit=9)) == chain[1::-1]
    assert [each.name for each in again.documents(TENANT, "audience", limit=9)] == ["one"]
    assert not again.append([record(idempotency_key="k")])[0].created
    assert "secret" not in (tmp_path / "log.jsonl").read_text()


def test_a_line_cut_by_a_crash_is_dropped(json_lines, tmp_path):
    path = tmp_path / "log.jsonl"
    json_lines.JsonLinesStorage(path).append([first := record(), record()])
    whole = path.read_bytes()
    json_lines.JsonLinesStorage(path).append([record(), record()])
    for length in (len(whole) + 1, path.stat().st_size - 1):
        with path.open("rb+") as file:
            file.truncate(length)
        again = json_lines.JsonLinesStorage(path)
        assert len(again.fetch(query())) == 2
        assert path.read_bytes() == whole
        again.append([record(), record()])
    assert first.id in json_lines.JsonLinesStorage(path).get(TENANT, [first.id])


def test_a_damaged_file_is_an_error_of_ours(json_lines, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("[[\n")
    with pytest.raises(StorageUnavailable):
        json_lines.JsonLinesStorage(path)
