"""Nothing that is hidden can be worked out from all that is published: an attack with linear algebra."""

from fractions import Fraction
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from moked.insights.disclosure import SMALLEST_SHOWN, hidden

counts = st.one_of(st.integers(0, 6), st.integers(0, 60))


@st.composite
def tables(draw):
    """Rows over some months: what came in and what was closed in each, and what is open at last."""
    months, rows = draw(st.integers(1, 4)), draw(st.integers(2, 5))
    return [draw(st.lists(counts, min_size=2 * months + 1, max_size=2 * months + 1)) for _ in range(rows)]


def equations(table, cells):
    """Return what is known of the hidden cells: the sum of each column, and along each row that what came in
    (+) is what was closed (-) and what is open (-)."""
    columns = len(table[0])
    signs = [1 if column % 2 == 0 and column < columns - 1 else -1 for column in range(columns)]
    by_column = [[Fraction(cell[1] == column) for cell in cells] for column in range(columns)]
    by_row = [
        [Fraction(signs[cell[1]] if cell[0] == row else 0) for cell in cells] for row in range(len(table))
    ]
    return [equation for equation in by_column + by_row if any(equation)]


def worked_out(table, found):
    """Return the hidden cells with one value only in all solutions: alone in a row of the echelon form."""
    # Where the sum of a column is nothing, each of its counts is.
    empty = {column for column in range(len(table[0])) if not any(counts[column] for counts in table)}
    cells = sorted(cell for cell in found if cell[1] not in empty)
    rows = equations(table, cells)
    done = 0
    for column in range(len(cells)):
        pivot = next((number for number in range(done, len(rows)) if rows[number][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for number, row in enumerate(rows):
            if number != done and row[column]:
                factor = row[column]
                rows[number] = [a - factor * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    alone = [[place for place, value in enumerate(row) if value] for row in rows[:done]]
    return {cells[places[0]] for places in alone if len(places) == 1}


@settings(max_examples=300, deadline=None)
@example([[5, 5, 0], [5, 5, 1]])
@example([[5, 0, 5], [9, 0, 9], [6, 0, 2]])
@example([[5, 5, 0, 0, 0], [9, 6, 0, 0, 3], [9, 8, 0, 0, 1]])
@example([[0, 5, 5], [1, 5, 5]])
@given(tables())
def test_nothing_hidden_can_be_worked_out_from_everything_that_is_published(table):
    found = hidden(table)
    assert all(
        (row, column) in found
        for row, of_row in enumerate(table)
        for column, count in enumerate(of_row)
        if count < SMALLEST_SHOWN
    )
    if len(found) < len(table) * len(table[0]):  # else there is nothing left to hide
        assert {cell for cell in worked_out(table, found) if table[cell[0]][cell[1]]} == set()


def test_the_attack_succeeds_on_counts_hidden_for_being_small_alone():
    table = [[6, 5, 1], [20, 10, 10]]
    assert worked_out(table, {(0, 2)}) == {(0, 2)}
    assert worked_out(table, hidden(table)) == set()


@given(st.lists(counts, min_size=2, max_size=6))
def test_who_knows_how_it_is_done_is_left_with_more_than_one_possibility(column):
    """Knows the sum, and that a count is hidden for being under 5, or beside others that are."""
    found = sorted(row for row, _ in hidden([[count] for count in column]))
    if not found or len(found) == len(column):
        return
    total = sum(column[row] for row in found)
    alone = [values for values in product(range(SMALLEST_SHOWN), repeat=len(found)) if sum(values) == total]
    if max(column[row] for row in found) < SMALLEST_SHOWN:
        assert len(alone) > 1


def test_what_came_in_is_shown_while_nothing_of_it_is_finished():
    """Received, closed, open of three services: that none was closed is known, and about nobody."""
    found = hidden([[6, 0, 6], [9, 0, 9], [2, 0, 2]])
    assert [[(row, column) in found for column in range(3)] for row in range(3)] == [
        [True, True, True],
        [False, True, False],
        [True, True, True],
    ]


def test_nothing_is_hidden_without_need():
    assert hidden([[5], [9], [20]]) == set()
    assert hidden([[4], [9], [20]]) == {(0, 0), (1, 0)}
    assert hidden([[4], [3], [20]]) == {(0, 0), (1, 0)}
    assert hidden([[4], [4], [20], [30]]) == {(0, 0), (1, 0), (2, 0)}  # eight could only be four and four
    assert hidden([[0], [0], [20], [7]]) == {(0, 0), (1, 0), (3, 0)}
    assert hidden([[3]]) == {(0, 0)}
    assert hidden([]) == set()
