"""Import a file: each batch of cases is one transaction with its journal, so that it can be gone on with."""

import dataclasses
import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from moked.accounts.rules import ActorKind
from moked.audit import operations as audit
from moked.base.pace import Pace
from moked.base.rows import new as new_row
from moked.cases.bulk import PastCase, PastClosing, PastMessage, PastMove, PastStep, Written, open_many
from moked.cases.operations import Reporter, Said
from moked.cases.rules import Outcome, State
from moked.exchange.imports.files import BadFile, BrokenRecord, Record, SourceFile
from moked.exchange.imports.mapping import Mapping
from moked.exchange.imports.reasons import Refused, Reject
from moked.exchange.imports.rows import CLOSED, ReadCase, RowReader
from moked.exchange.imports.surroundings import Surroundings
from moked.exchange.models import ImportBatch, ImportedCase, MadeByImport
from moked.municipalities.models import Municipality
from moked.places.area_index import KeptArea
from moked.residents.bulk import identify_many
from moked.sla.bulk import promising

KIND = "import"
FIRST_BATCH = 50
MOST_AT_ONCE = 500
MOST_REJECTS_AT_ONCE = 1_000
OUTCOMES = {
    State.RESOLVED: Outcome.FIXED,
    State.DECLINED: Outcome.NOT_POSSIBLE,
    State.WITHDRAWN: Outcome.WITHDRAWN_BY_RESIDENT,
}
MADE = {
    "services": MadeByImport.Kind.SERVICE,
    "departments": MadeByImport.Kind.DEPARTMENT,
    "areas": MadeByImport.Kind.AREA,
}
Item = ReadCase | Reject


@dataclasses.dataclass
class Counts:
    """How many records were read and what became of them; `read` is the sum of the other three.

    `present` are cases there already, from an earlier import or as a repetition without an id of its own.
    """

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    present: int = 0


@dataclasses.dataclass
class Report:
    """What an import did, or would do. `reasons` counts rejections, `made` names what was made beside cases.

    `written` are all cases of the import, those among them that were there when it went on after an
    interruption included; so it is with what was made.
    """

    counts: Counts = dataclasses.field(default_factory=Counts)
    written: int = 0
    batch: str = ""
    reasons: Counter[str] = dataclasses.field(default_factory=Counter)
    made: dict[str, int] = dataclasses.field(default_factory=dict)


class Import:
    """One import of a file that is open: `run` reads it through. A dry run writes nothing.

    `rejected` is told of every rejection, in the order of the file. `report` grows while it runs. What is
    imported is promised and looked at as of the beginning; none of it may lie later.
    """

    def __init__(
        self,
        municipality: Municipality,
        file: SourceFile,
        mapping: Mapping,
        *,
        beside: Iterable[Path] = (),
        clock: Callable[[], datetime],
        is_dry: bool = False,
        rejected: Callable[[Reject], None] = lambda _: None,
    ) -> None:
        self._town = municipality
        self._file = file
        self._mapping = mapping
        self._clock = clock
        self._now = clock()
        self._rejected = rejected
        self.report = Report()
        self._source = mapping.source
        self._lines: dict[str, int] = {}
        self._pace = Pace(FIRST_BATCH, most=MOST_AT_ONCE)
        self._names_departments = "department" in mapping.columns
        self._batch = ImportBatch.objects.filter(
            municipality=municipality,
            file_sha256=file.sha256,
            mapping_sha256=mapping.sha256,
            state=ImportBatch.State.RUNNING,
        ).first()
        self._is_dry = is_dry
        if self._batch:
            # What had not come when it began is still not known when it goes on.
            self._now = self._batch.started_at
        self._promise = promising(municipality.pk, self._now)
        folders = [file.path.parent, *beside]
        self._around = Surroundings(
            municipality, mapping, folders, now=self._now, note=None if is_dry else self._note
        )

    def run(self) -> Report:
        """Read every record, and write each case that is not there yet. Raises BadFile.

        After an interruption, importing the same file by the same mapping goes on behind the last batch that
        was committed, and ends as if nothing had happened.
        """
        records = self._file.records()
        reader = RowReader(
            self._mapping,
            records.header,
            now=self._now,
            boxes=self._around.boxes(),
            file_id=self._file.sha256[:16],
        )
        self._around.make_areas()
        items = _read(reader, records)
        while some := list(_until_full(items, self._pace.size)):
            self._take(some)
        self.report.made = {what: len(names) for what, names in self._around.made.items()}
        if self._batch and not self._is_dry:
            self._finish(self._batch)
        return self.report

    def _take(self, items: list[Item]) -> None:
        """Sort out what becomes of some records, and write those that become cases."""
        cases = [one for one in items if isinstance(one, ReadCase)]
        known = self._known([one.external_id for one in cases])
        around = self._around.areas_at([one.point for one in cases])
        areas = {one.line: found for one, found in zip(cases, around, strict=True)}
        new: list[tuple[ReadCase, PastCase]] = []
        for item in items:
            self.report.counts.read += 1
            if isinstance(item, Reject):
                self._reject(item)
            elif first := self._lines.get(item.external_id):
                self._repeated(item, first)
            else:
                past = functools.partial(self._past, item, areas[item.line])
                self._sort_in(item, known.get(item.external_id), past, new)
        if new and not self._is_dry:
            self._write(new)

    def _sort_in(
        self,
        one: ReadCase,
        batch_id: int | None,
        past: Callable[[], PastCase],
        new: list[tuple[ReadCase, PastCase]],
    ) -> None:
        """Count a case; one that is in no batch yet, and that nothing speaks against, is a new one."""
        if batch_id is None:
            try:
                new.append((one, past()))
            except Refused as refused:
                self._reject(_reject_of(one.line, one.external_id, refused))
                return
        self._lines[one.external_id] = one.line
        is_own = batch_id is None or (self._batch is not None and batch_id == self._batch.pk)
        self.report.counts.accepted += is_own
        self.report.counts.present += not is_own
        self.report.written += is_own and batch_id is not None and not self._is_dry

    def _repeated(self, one: ReadCase, first: int) -> None:
        """Reject a second record with the id of another; a repetition of what has no id is one case."""
        if self._mapping.hash_of:
            self.report.counts.present += 1
        else:
            self._reject(Reject(one.line, "DOUBLED_ID", "external_id", one.external_id, {"other": first}))

    def _reject(self, reject: Reject) -> None:
        self.report.counts.rejected += 1
        self.report.reasons[reject.code] += 1
        self._rejected(reject)

    def _known(self, external_ids: list[str]) -> dict[str, int]:
        """Return which of these cases are there already, with the batch each came in."""
        rows = ImportedCase.objects.filter(
            municipality=self._town, source=self._source, external_id__in=external_ids
        )
        return dict(rows.values_list("external_id", "batch_id")) if external_ids else {}

    def _past(self, one: ReadCase, around: Sequence[KeptArea]) -> PastCase:
        """Return a case as it was, made of names that are known now. Raises Refused."""
        place = self._around.place(one, around)
        service, department_id = self._around.handled(one)
        return PastCase(
            service=service,
            matter=one.text or one.title or one.service,
            title=one.title,
            opened_at=one.opened_at,
            channel=one.channel,
            language=self._mapping.language,
            steps=steps_of(one),
            said=Said(place=place),
            department_id=department_id,
            is_imported=True,
        )

    def _write(self, new: list[tuple[ReadCase, PastCase]]) -> None:
        """Write cases with their journal in one transaction, and pace the next by how long it took.

        Their numbers are taken inside it: what was interrupted leaves no gap, and ends as if it had not been.
        """
        started = time.monotonic()
        try:
            with transaction.atomic():
                batch = self._begun()
                past = self._with_reporters(batch, new)
                journal = functools.partial(self._journal, batch, [one for one, _ in new])
                for _ in open_many(self._town, past, self._promise, journal, first=len(past)):
                    pass
        except IntegrityError as error:
            raise BadFile(
                "Somebody else wrote the same just now, maybe another import. Run it again: it goes on."
            ) from error
        self.report.written += len(new)
        self._pace.learn(len(new), time.monotonic() - started)

    def _with_reporters(self, batch: ImportBatch, new: list[tuple[ReadCase, PastCase]]) -> list[PastCase]:
        """Return the cases with those who reported them; who is new is noted."""
        if all(one.reporter.is_anonymous for one, _ in new):
            return [past for _, past in new]
        people = [(one.reporter, past.language) for one, past in new]
        residents, new_ids = identify_many(self._town.pk, people, self._now)
        MadeByImport.objects.bulk_create(
            [
                MadeByImport(
                    municipality=self._town,
                    batch=batch,
                    kind=MadeByImport.Kind.RESIDENT,
                    object_id=resident_id,
                )
                for resident_id in new_ids
            ]
        )
        return [
            dataclasses.replace(past, reporter=Reporter(resident, one.reporter)) if resident else past
            for (one, past), resident in zip(new, residents, strict=True)
        ]

    def _journal(
        self, batch: ImportBatch, read: Sequence[ReadCase], written: Sequence[Written]
    ) -> Iterator[ImportedCase]:
        """Yield the journal's rows; what is over and names no department was not its service's own doing."""
        for (case, _), one in zip(written, read, strict=True):
            if self._names_departments and not one.department and not case.is_open:
                case.department_id = None
            yield new_row(
                ImportedCase,
                municipality_id=self._town.pk,
                batch_id=batch.pk,
                source=self._source,
                external_id=one.external_id,
                line=one.line,
                case_id=case.pk,
            )

    def _begun(self) -> ImportBatch:
        """Return the journal's row of this import, written with the first thing it makes."""
        if self._batch is None:
            self._batch = ImportBatch.objects.create(
                municipality=self._town,
                source=self._source,
                file_name=self._file.path.name[:200],
                file_sha256=self._file.sha256,
                mapping_sha256=self._mapping.sha256,
                started_at=self._now,
            )
            record(self._batch, "import.started", self._now)
        self.report.batch = self._batch.reference
        return self._batch

    def _note(self, kind: MadeByImport.Kind, object_id: int, before: str) -> None:
        MadeByImport.objects.create(
            municipality=self._town, batch=self._begun(), kind=kind, object_id=object_id, before=before
        )

    @transaction.atomic
    def _finish(self, batch: ImportBatch) -> None:
        self.report.batch = batch.reference
        made = MadeByImport.objects.filter(batch=batch)
        self.report.made = {what: made.filter(kind=kind).count() for what, kind in MADE.items()}
        batch.state, batch.finished_at = ImportBatch.State.FINISHED, self._clock()
        batch.counts = dataclasses.asdict(self.report.counts) | {"reasons": dict(self.report.reasons)}
        batch.save(update_fields=["state", "finished_at", "counts"])
        record(batch, "import.finished", batch.finished_at, **dataclasses.asdict(self.report.counts))


def record(batch: ImportBatch, verb: str, now: datetime, **counts: int) -> None:
    """Add to the audit trail what became of an import."""
    audit.record(
        municipality_id=batch.municipality_id,
        actor_kind=ActorKind.SYSTEM,
        actor_id=None,
        verb=verb,
        object_kind=KIND,
        object_id=batch.pk,
        after=counts,
        now=now,
    )


def steps_of(one: ReadCase) -> list[PastStep]:
    """Return what became of a case, in the order of time.

    What was written on top of its text is told to the resident when they were first answered, else when it
    closed, else at once. A case closed without a date ends with the last that is known of it.
    """
    answered_at = one.first_response_at
    steps: list[PastStep] = []
    if one.state in CLOSED:
        closed_at = one.closed_at or answered_at or one.opened_at
        words = "" if answered_at else one.update
        steps.append(PastClosing(closed_at, OUTCOMES[one.state], words, is_dated=one.closed_at is not None))
    elif one.state != State.RECEIVED:
        steps.append(PastMove(answered_at or one.opened_at, one.state))
    if answered_at or (one.update and one.state not in CLOSED):
        said = PastMessage(answered_at or one.opened_at, one.update)
        is_last = bool(steps) and steps[0].at < said.at
        steps.insert(1 if is_last else 0, said)
    return steps


def _read(reader: RowReader, records: Iterable[Record | BrokenRecord]) -> Iterator[Item]:
    for one in records:
        if isinstance(one, BrokenRecord):
            yield _reject_of(one.line, "", one.refused)
            continue
        external_id = ""
        try:
            external_id = reader.external_id(one.line, one.fields)
            yield reader.read(one.line, external_id, one.fields)
        except Refused as refused:
            yield _reject_of(one.line, external_id, refused)


def _reject_of(line: int, external_id: str, refused: Refused) -> Reject:
    return Reject(line, refused.code, refused.field, external_id, refused.values)


def _until_full(items: Iterator[Item], size: int) -> Iterator[Item]:
    """Yield items until there are as many cases as one batch writes, or a thousand rejections."""
    cases = 0
    for rejects, item in enumerate(items):
        yield item
        cases += isinstance(item, ReadCase)
        if cases == size or rejects - cases == MOST_REJECTS_AT_ONCE:
            return
