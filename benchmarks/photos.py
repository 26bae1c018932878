"""Bad pictures, several at once without a pause, and how the others fare meanwhile.

Each picture is as hard to read as one can be that is refused in the end, or is refused at the first look.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from benchmarks import addresses
from benchmarks.browser import Browser
from benchmarks.children import memory_of_tree
from benchmarks.databases import Bench, say, serving
from benchmarks.measurements import Measurement, percentile
from benchmarks.memory import watched
from tests.files import pictures

VISITORS = 3
PICTURES_OF_EACH = 15  # one address may send sixty in ten minutes
ASK_EVERY = 0.05
BAD = {422, 503}


def measure(bench: Bench) -> list[Measurement]:
    """Have visitors send bad pictures and ask for /health all the while."""
    database = bench.database()
    waited: list[float] = []
    with serving(bench, database) as (server, port), watched(server) as highest:
        sound = sent(database.facts, port, {"a sound one": pictures.photo(size=(4000, 3000))}, 3, {200})
        before, _ = memory_of_tree(server.process.pid)
        answers = beside(lambda: all_at_once(database.facts, port), lambda: waited.append(health(port)))
        rise = max(highest) - before
    return [
        Measurement("bad picture, longest answer", max(answers), "ms", "answer"),
        Measurement("bad picture, 19 of 20 within", percentile(answers, 0.95), "ms"),
        Measurement("/health meanwhile, 19 of 20 within", percentile(waited, 0.95), "ms", "health"),
        Measurement("/health meanwhile, longest", max(waited), "ms"),
        Measurement("resident, all processes, highest rise", rise, "MB", "rise"),
        Measurement("a sound picture of 12 megapixels, alone", min(sound), "ms"),
    ]


def beside(work: Callable[[], list[float]], meanwhile: Callable[[], None]) -> list[float]:
    """Do the work and return its result; every now and then, do something else."""
    result: list[float] = []
    worker = threading.Thread(target=lambda: result.extend(work()))
    worker.start()
    while worker.is_alive():
        meanwhile()
        time.sleep(ASK_EVERY)
    return result


def all_at_once(facts: dict[str, Any], port: int) -> list[float]:
    """Have all visitors send their pictures; return how long each answer took, in milliseconds."""
    given, answers = bad_pictures(), []
    visitors = [
        threading.Thread(target=lambda: answers.extend(sent(facts, port, given, PICTURES_OF_EACH, BAD)))
        for _ in range(VISITORS)
    ]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return answers


def sent(
    facts: dict[str, Any], port: int, given: dict[str, bytes], count: int, expect: set[int]
) -> list[float]:
    """Send pictures one after the other, round and round; return the milliseconds each answer took."""
    browser, found = Browser(port), []
    problems: Counter[str] = Counter()
    report, upload = (addresses.of_town(facts, path) for path in ("/report/", "/photo/"))
    for name, content in islice(cycle(given.items()), count):
        answer = browser.upload(upload, "photo", content, form_at=report, expect=expect)
        found.append(answer.milliseconds)
        problems[f"{name}: {json.loads(answer.body).get('problem', 'kept')}"] += 1
    say("  " + ", ".join(f"{count} × {what}" for what, count in sorted(problems.items())))
    return found


def health(port: int) -> float:
    """Return how long /health took to answer, in milliseconds."""
    return Browser(port).get("/health").milliseconds


def bad_pictures() -> dict[str, bytes]:
    """Return pictures that are refused, by their names."""
    progressive = pictures.photo(size=(8000, 6300), progressive=True)
    compressed = pictures.photo("PNG", (5000, 4000), compress_level=1)
    return {
        "a JPEG of 50 megapixels, cut": progressive[: len(progressive) * 9 // 10],
        "a PNG of 20 megapixels, cut": compressed[: len(compressed) * 9 // 10],
        "a PNG of 40,000 × 40,000": pictures.png_bomb(40_000, 40_000),
        "words that unpack to 500 MB": pictures.png_with_chunks(*[pictures.text_bomb(b"zTXt", 1)] * 500),
        "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    }
