"""Which counts of a table are hidden, so that small ones can neither be read nor worked out. No database.

A table has one row for each value of a dimension and a column for each thing that is counted: what was
received in each month, what was closed in each month, what is open now. The sum of every column is public.
Along a row nothing is published, but it is as good as known: what was received is what was closed and what is
open. So each hidden count stands in two equations, its column's and its row's, and it can be worked out
exactly when it is a bridge of the graph whose edges are the hidden counts, between rows and columns: when no
cycle of hidden counts leads through it, along which they could be one more and one less by turns (Gusfield,
"A graph theoretic approach to statistical data security", SIAM J. Comput. 17, 1988).
"""

from collections.abc import Collection, Iterator, Sequence

SMALLEST_SHOWN = 5

Table = Sequence[Sequence[int]]
"""Counts, row by row, the newest columns last."""
Cell = tuple[int, int]
"""A row and a column."""


def hidden(table: Table, also: Collection[Cell] = ()) -> set[Cell]:
    """Return the cells to hide: every count under 5, those given, and more wherever one could be worked out.

    No hidden count but nothing can then be worked out. A table of a single row cannot be helped: its counts
    are the public sums themselves.
    """
    found = {
        (row, column)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        if count < SMALLEST_SHOWN
    }
    found |= set(also)
    while more := _for_sums(table, found) or _for_bridges(table, found):
        found |= more
    return found


def _for_sums(table: Table, found: set[Cell]) -> set[Cell]:
    """Return one more cell of each column whose hidden ones are given away by their sum.

    That is so where there is one alone, where all are nothing, and where all are as many as a hidden count
    can be.
    """
    more: set[Cell] = set()
    for column in range(len(table[0]) if table else 0):
        counts = [table[row][column] for row in range(len(table)) if (row, column) in found]
        if len(counts) == 1 or set(counts) in ({0}, {SMALLEST_SHOWN - 1}):
            shown = [(counts[column], row) for row, counts in enumerate(table) if (row, column) not in found]
            more |= {(min(shown)[1], column)} if shown else set()
    return more


def _for_bridges(table: Table, found: set[Cell]) -> set[Cell]:
    """Return the cells to hide so that a cycle leads around a cell that can be worked out and is not nothing.

    That nothing happened may be worked out, since it is about nobody: to hide it would take away whatever a
    service received while nothing of it was finished yet. But who has worked it out knows one count more.
    """
    if len(table) < 2 or len(table[0]) < 2:
        return set()
    empty = {column for column in range(len(table[0])) if not any(counts[column] for counts in table)}
    known = {(row, column) for row, column in found if column in empty}
    while True:
        bridges = set(_bridges(len(table), found - known))
        nothing = {(row, column) for row, column in bridges if not table[row][column]}
        if not nothing:
            break
        known |= nothing
    for cell in sorted(bridges):
        if more := _cycle(table, found, empty, cell):
            return more
    return set()


def _cycle(table: Table, found: set[Cell], empty: set[int], cell: Cell) -> set[Cell]:
    """Return what is still to hide of a cycle of four around a cell, as little and as new as can be.

    It cannot lead through an empty column: each count there is known to be nothing.
    """
    row, column = cell
    last = len(table[0]) - 1
    best: tuple[tuple[int, int, int, int], set[Cell]] | None = None
    for other in range(last, -1, -1):
        for across in range(len(table)):
            cycle = {(row, other), (across, other), (across, column)}
            if other == column or other in empty or across == row:
                continue
            more = cycle - found
            cost = (len(more), sum(table[r][c] for r, c in more), last - other, across)
            if more and (best is None or cost < best[0]):
                best = (cost, more)
    return best[1] if best else set()


def _bridges(rows: int, found: set[Cell]) -> Iterator[Cell]:
    """Yield the hidden cells that no cycle of hidden cells leads around (Tarjan, 1974), without recursion."""
    beside: dict[int, list[int]] = {}
    for row, column in sorted(found):
        beside.setdefault(row, []).append(rows + column)
        beside.setdefault(rows + column, []).append(row)
    reached: dict[int, int] = {}
    lowest: dict[int, int] = {}
    for root in beside:
        if root in reached:
            continue
        reached[root] = lowest[root] = len(reached)
        path = [(root, -1, iter(beside[root]))]
        while path:
            node, parent, remaining = path[-1]
            for neighbour in remaining:
                if neighbour == parent:
                    continue
                if neighbour in reached:
                    lowest[node] = min(lowest[node], reached[neighbour])
                    continue
                reached[neighbour] = lowest[neighbour] = len(reached)
                path.append((neighbour, node, iter(beside[neighbour])))
                break
            else:
                path.pop()
                if parent >= 0:
                    lowest[parent] = min(lowest[parent], lowest[node])
                    if lowest[node] > reached[parent]:
                        yield (node, parent - rows) if node < rows else (parent, node - rows)
