"""Captions and texts for a collection: choose who describes, describe, report."""

import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from agent.captioning.captions import Captions
from agent.captioning.describing import Describer, DescribeReport, describe
from agent.captioning.sentences import open_sentences
from agent.ocr import MISSING, TextReader, can_read
from agent.resources import Resources
from agent.stages.config import Stages, read_stages
from app.library.indexing import LISTED
from app.library.library import locate
from app.library.profile_stages import behind
from app.output.json_output import as_document
from app.output.printable import short
from app.terminal.progress import pace, telling
from retrievers.collection.collection import Collection
from retrievers.concurrency.signals import stoppable


def run(
    name: str | None, *, mllm: str | None, stages: Path | None, text: bool, as_json: bool
) -> bool:
    """Describe, write the report to standard output, and return whether it went through.

    Raises:
        CollectionError: the collection is busy or damaged.
        MllmError: the captioner cannot be opened or reached.
        ValueError: there is nothing to do.
    """
    with closing(Collection.open(locate(name))) as collection:
        describer = chosen(collection, mllm=mllm, stages=stages, text=text)
        with telling() as told, stoppable() as asked:
            report = describe(collection, describer, on_progress=told, should_stop=asked)
        if as_json:
            said = report_json(collection.name, describer, report)
        else:
            said = "\n".join(report_lines(collection.name, describer, report, collection.roots()))
    sys.stdout.write(said + "\n")
    return not report.stopped


def chosen(
    collection: Collection, *, mllm: str | None, stages: Path | None, text: bool
) -> Describer:
    """Open the captioner, if one is named, and the OCR, if there is one."""
    if text and not can_read():
        sys.stderr.write(f"dialens: {MISSING}\n")
    captions = captions_of(collection, mllm, stages)
    reader = TextReader() if text and can_read() else None
    if captions is None and reader is None:
        raise ValueError("neither captions nor text are asked for; name a captioner with --mllm")
    return Describer(captions, reader, open_sentences(collection.folder / "captions.db"))


def captions_of(collection: Collection, mllm: str | None, stages: Path | None) -> Captions | None:
    """Return the captioner of an option, or of a file, or of the collection's profile, if any.

    Raises:
        StageError: the file cannot be read.
    """
    of_profile = None if stages or mllm else behind(None, collection.name)
    if mllm is None and stages is None and (not of_profile or of_profile.mllm == "offline"):
        return None
    asked = read_stages(stages) if stages else of_profile or Stages()
    if mllm is not None and mllm != asked.mllm:
        asked = replace(asked, mllm=mllm, mllm_options={})
    if asked.mllm == "offline":  # what is written in a picture has its own place
        asked = replace(asked, mllm_options={**asked.mllm_options, "reads": False})
    return Resources(asked, collection).captions


def report_json(name: str, describer: Describer, report: DescribeReport) -> str:
    """Return what was done as one JSON document."""
    return as_document(
        {
            "collection": name,
            "captioner": describer.captions.name if describer.captions else None,
            "reader": describer.reader.name if describer.reader else None,
            "described": report.described,
            "unchanged": report.unchanged,
            "stopped": report.stopped,
            "seconds": round(report.seconds, 3),
            "failed": [{"path": str(one.path), "reason": one.reason} for one in report.failed],
        },
    )


def report_lines(
    name: str, describer: Describer, report: DescribeReport, roots: list[Path]
) -> list[str]:
    """Return what was done, for people."""
    what = " and ".join(["captions"] * bool(describer.captions) + ["text"] * bool(describer.reader))
    rate = f", {pace(report.described / report.seconds)}" if report.described else ""
    lines = [
        f"{name}: {what} of {report.described} pictures in {report.seconds:.1f} s{rate},"
        f" {report.unchanged} unchanged"
    ]
    if report.failed:
        lines.append(f"{len(report.failed)} could not be read; the next run tries them again:")
        lines += [f"  {short(one.path, roots)}: {one.reason}" for one in report.failed[:LISTED]]
        lines += ["  ... all of them: --json"] * (len(report.failed) > LISTED)
    if report.stopped:
        lines.append("stopped; what is done is kept, and the same command goes on from there")
    return lines
