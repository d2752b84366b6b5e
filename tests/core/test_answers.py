"""The answers of a store that wrote all it was given."""

import pytest

from activitylog.storage import AllNew, Appended
from activitylog.testing.contract.samples import record


def test_all_new_answers_as_a_list_of_its_answers_would():
    records = [record(number) for number in (1, 2, 3)]
    listed = [Appended(each.id, created=True) for each in records]
    answers = AllNew(records)
    assert list(answers) == list(answers) == listed
    assert len(answers) == 3
    assert [answers[0], answers[-1]] == [listed[0], listed[-1]]
    assert list(answers[1:]) == listed[1:]
    assert listed[1] in answers
    with pytest.raises(IndexError):
        answers[3]
