"""The JSON objects that docs/cli.md promises, field by field.

They are written by hand and not dumped from the models: these names are a public interface,
and renaming a column must not break a script.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from netcrm.domain.dates import birthday_text
from netcrm.planning.call_hours import Hours
from netcrm.planning.follow_up import FollowUp, follow_up_key
from netcrm.planning.history import ContactView, Subject

if TYPE_CHECKING:  # the models take half a second to import, and `due` does not need them
    from netcrm.domain.models import Affiliation, Contact, Decision, Interaction, Job, Offer, Operation, Profile
    from netcrm.matching.scoring import Likeness
    from netcrm.planning.cadence import Rhythm
    from netcrm.planning.diff import Difference
    from netcrm.planning.explain import Reasons
    from netcrm.planning.quiet_period import Quiet
    from netcrm.playbooks.model import Playbook, Step
    from netcrm.services.erasure import Forgetting
    from netcrm.services.health import Finding
    from netcrm.services.imports.pipeline import ImportReport
    from netcrm.simulation import Rehearsal
    from netcrm.store.backup import Backup, Restored

JsonObject = dict[str, object]


def follow_up(item: FollowUp) -> JsonObject:
    return {
        "id": item.id,
        "status": item.status,
        "due": item.due,
        "overdue_after": item.overdue_after,
        "text": item.text,
        "channel": item.channel,
        "best_hours": hours(item.hours),
        "contact": person(item.contact),
        "offer": subject(item.offer),
        "playbook": item.playbook,
        "step": item.step,
        "cause": {"kind": item.cause.kind, "on": item.cause.day, "id": item.cause.about or item.cause.source},
        "waiting_for": item.waiting_for,
        "held_by": list(item.held_by),
        "snoozed_until": item.snoozed_until,
        "moved_from": item.moved_from,
        "together_with": item.together_with,
        "source": item.source,
    }


def difference(item: "Difference") -> JsonObject:
    sides = {"before": item.before, "after": item.after}
    return {"kind": item.kind, **{name: side and follow_up(side) for name, side in sides.items()}}


def rehearsal(result: "Rehearsal") -> JsonObject:
    sides = {"missing": list(result.missing), "unexpected": list(result.unexpected)}
    return {"about": result.example.about, "passed": result.passed, **sides}


def hours(best: Hours | None) -> JsonObject | None:
    return None if best is None else {"zone": best.zone, "from": best.start, "to": best.end}


def follow_ups(items: Iterable[FollowUp]) -> list[JsonObject]:
    return [follow_up(item) for item in items]


def person(contact: ContactView | None) -> JsonObject | None:
    if contact is None:
        return None
    return {name: getattr(contact, name) for name in ("id", "uid", "name", "company", "email", "phone", "linkedin")}


def subject(offer: Subject | None) -> JsonObject | None:
    return None if offer is None else {"id": offer.id, "company": offer.organisation, "role": offer.role}


def contact(row: "Contact") -> JsonObject:
    return {
        "id": row.id,
        "uid": row.uid,
        "name": row.name,
        "given_name": row.given_name,
        "family_name": row.family_name,
        "company": row.company,
        "title": row.title,
        "emails": list(row.reached_by("email")),
        "phones": list(row.reached_by("phone")),
        "urls": list(row.reached_by("url")),
        "linkedin": row.linkedin,
        "tags": list(row.tags),
        "tier": row.tier,
        "every": row.every,
        "dormant_on": row.dormant_on,
        "dormant_reason": row.dormant_reason,
        "birthday": row.birthday and birthday_text(row.birthday),
        "timezone": row.timezone,
        "connected_on": row.connected_on,
        "notes": row.notes,
    }


def affiliation(row: "Affiliation") -> JsonObject:
    return {"company": row.organisation, "title": row.title, "since": row.since, "until": row.until}


def offer(row: "Offer") -> JsonObject:
    return {
        "id": row.id,
        "uid": row.uid,
        "company": row.organisation,
        "role": row.role,
        "received_on": row.received_on,
        "respond_by": row.respond_by,
        "decision": row.decision,
        "decided_on": row.decided_on,
        "because": row.because,
        "reason": row.reason,
        "signed_on": row.signed_on,
        "cleared_on": row.cleared_on,
        "starts_on": row.starts_on,
        "people": [
            {"id": part.contact.id, "uid": part.contact.uid, "name": part.contact.name, "role": part.role}
            for part in row.participants
        ],
    }


def interaction(row: "Interaction") -> JsonObject:
    return {
        "id": row.id,
        "uid": row.uid,
        "day": row.day,
        "at": row.at,
        "channel": row.channel,
        "direction": row.direction,
        "answered": row.answered,
        "topic": row.topic,
        "summary": row.summary,
    }


def answer(row: "Decision") -> JsonObject:
    return {
        "id": follow_up_key(row.playbook, row.step, row.cause, row.contact_uid),
        "verdict": row.verdict,
        "on": row.day,
        "until": row.until if row.verdict == "snoozed" else None,
        "reason": row.reason,
        "logged": row.interaction_id is not None,
        "playbook": row.playbook,
        "step": row.step,
        "text": row.snapshot["text"],
        "due": row.snapshot["due"],
        "contact": row.snapshot["contact"],
    }


def cadence(rhythm: "Rhythm | None") -> JsonObject | None:
    if rhythm is None:
        return None
    return {"every": str(rhythm.slowed), "rule": rhythm.rule, "tries": rhythm.tries, "rests": rhythm.rests}


def job(row: "Job") -> JsonObject:
    return {
        "id": row.id,
        "uid": row.uid,
        "company": row.organisation,
        "title": row.title,
        "started_on": row.started_on,
        "settled_on": row.settled_on,
        "email": row.email,
        "phone": row.phone,
    }


def profile(row: "Profile") -> JsonObject:
    return {
        name: getattr(row, name)
        for name in ("name", "email", "phone", "linkedin", "timezone", "country", "quiet_until", "per_day")
    }


def quiet(period: "Quiet") -> JsonObject:
    blockers = [{"offer": blocker.offer, "what": blocker.what, "until": blocker.until} for blocker in period.blockers]
    return {"quiet": not period.lifted, "first_safe_day": period.first_day, "blockers": blockers}


def operation(row: "Operation") -> JsonObject:
    return {"id": row.id, "name": row.name, "summary": row.summary, "at": row.at, "undone_at": row.undone_at}


def backup(item: "Backup") -> JsonObject:
    return {
        "file": str(item.path),
        "schema": item.schema,
        "contacts": item.contacts,
        "operations": item.operations,
        "made_at": item.made_at,
        "sha256": item.sha256,
    }


def restored(result: "Restored", *, dry_run: bool) -> JsonObject:
    kept = str(result.kept) if result.kept else None
    left_out = {"forgotten": result.forgotten, "overwritten": result.overwritten}
    return {**backup(result.backup), "dry_run": dry_run, "kept": kept, "damaged": result.damaged, **left_out}


def forgetting(erasure: "Forgetting", *, dry_run: bool) -> JsonObject:
    copies = [str(path) for path in erasure.copies]
    erased = {"name": erasure.name, "rows": erasure.rows, "texts": erasure.texts, "dry_run": dry_run}
    return {**erased, "copies": copies, "overwritten": erasure.overwritten}


def finding(item: "Finding") -> JsonObject:
    return {
        "check": item.check,
        "wrong": item.wrong,
        "what": item.what,
        "do": item.do,
        "fixable": item.fixable,
        "fixed": item.fixed,
    }


def pair(likeness: "Likeness", contacts: "Mapping[int, Contact]") -> JsonObject:
    sides = {"left": contact(contacts[likeness.left]), "right": contact(contacts[likeness.right])}
    return {**sides, "score": round(likeness.score, 3), "reasons": list(likeness.reasons)}


def playbook(rules: "Playbook", *, builtin: bool) -> JsonObject:
    return {
        "name": rules.name,
        "about": rules.about,
        "trigger": rules.trigger,
        "builtin": builtin,
        "ends": list(rules.ends),
        "season": _text(rules.season),
        "steps": [step(item) for item in rules.steps],
    }


def step(item: "Step") -> JsonObject:
    return {
        "name": item.name,
        "to": list(item.to),
        "channel": item.channel,
        "do": item.do,
        "do_late": item.do_late,
        "due": str(item.due),
        "overdue": _text(item.overdue),
        "late": _text(item.late),
        "expires": str(item.expires),
        "after": item.after,
        "upon": item.upon,
        "at": item.at,
        "within": _text(item.within),
        "settled_by": list(item.settled_by),
        "topic": item.topic,
        "draft": item.draft,
        "source": item.source,
    }


def reasons(why: "Reasons") -> JsonObject:
    return {
        "rule": why.rule,
        "about": why.about,
        "lines": list(why.lines),
        "skipped": list(why.skipped),
        "settled_by": list(why.settled_by),
        "source": why.source,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def report(result: "ImportReport") -> JsonObject:
    return {
        "file": result.file,
        "rows": result.rows,
        "added": result.added,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "merged": result.merged,
        "left_out": result.left_out,
        "problems": [
            {"line": problem.line, "message": problem.message, "lost": problem.lost} for problem in result.problems
        ],
        "others": result.others,
        "changes": result.changes,
        "moves": result.moves,
        "dry_run": result.dry_run,
    }
