"""Random actions of a developer, a tech lead and a commander, each with its effect on the expected verdict."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from tests.chaos.subject import Subject
from tests.github import GitHub, Repo, User
from tests.github.acme import FIX, GOOD_BODY, GOOD_MESSAGE, GOOD_TITLE, TAG, Acme

LARGE = {"src/large.py": "".join(f"line_{n} = {n}\n" for n in range(150))}
"""Over the limit of 100 lines: violates only `size`."""
LABELS = ("hotfix", "priority:critical")
FILES = "## Files to Change\n"


class People:
    """Performs actions one after another; their order and choice are determined by the seed."""

    def __init__(self, github: GitHub, seed: int, pass_time: Callable[[float], None]) -> None:
        self.github = github
        self._pass_time = pass_time
        self.acme = Acme(github)
        self.rng = random.Random(seed)
        self.subjects: list[Subject] = []
        self.acts = 0

    @property
    def shop(self) -> Repo:
        return self.acme.shop

    @property
    def dev(self) -> User:
        return self.acme.dev

    # --- actions ---

    def open_hotfix(self, *, sound: bool = True) -> Subject:
        branch = f"hotfix/case-{len(self.subjects) + 1}"
        self.shop.branch(branch, at=TAG, pusher=self.dev)
        sha = self._commit(branch, sound)
        body = _spec(sound)
        pull = self.dev.open_pull(self.shop, head=branch, base="main", title=GOOD_TITLE, body=body, labels=LABELS)
        return self._add(Subject(pull=pull, branch=branch, sha=sha, sound=sound))

    def open_other(self) -> Subject:
        branch = f"feature/case-{len(self.subjects) + 1}"
        self.shop.branch(branch, at="main", pusher=self.dev)
        sha = self.shop.commit(branch, {"src/feature.py": f"# {branch}\n"}, message="Add it", author=self.dev)
        pull = self.dev.open_pull(self.shop, head=branch, base="main", title="A feature")
        return self._add(Subject(pull=pull, branch=branch, sha=sha, hotfix=False))

    def _add(self, subject: Subject) -> Subject:
        with subject.change():
            self.subjects.append(subject)
        if subject.windows:
            subject.windows[0].opened = 0.0  # it existed before this record of it
        return subject

    def push(self, subject: Subject, *, sound: bool = True) -> None:
        """Force-push a new head: one commit on the production tag."""
        with subject.change():
            scratch = f"scratch/{self.acts}-{len(subject.shas)}"
            sha = self._commit(scratch, sound, push=False)
            self.shop.move(subject.branch, sha, pusher=self.dev)
            subject.sha, subject.sound = sha, sound
            subject.approved_on, subject.overridden, subject.settled = None, False, False
        if subject.hotfix:
            self.describe(subject, whole=True)

    def _commit(self, branch: str, sound: bool, *, push: bool = True) -> str:
        self.acts += 1
        files = {**FIX, "src/cart.py": FIX["src/cart.py"] + f"# {self.acts}\n", **({} if sound else LARGE)}
        return self.shop.commit(branch, files, message=GOOD_MESSAGE, author=self.dev, at=TAG, push=push)

    def describe(self, subject: Subject, *, whole: bool) -> None:
        with subject.change():
            body = _spec(subject.sound) if whole else _spec(subject.sound).replace("## Verification", "## Later")
            self.dev.edit_pull(subject.pull, body=body)
            # The body is the spec, so an earlier approval is of another text.
            subject.spec, subject.approved_on, subject.edited_at = whole, None, time.monotonic()

    def approve(self, subject: Subject) -> None:
        """Approve the current state, at least a second after the last edit: GitHub's timestamps are whole seconds."""
        self._wait(max(0.0, subject.edited_at + 1.1 - time.monotonic()))
        with subject.change():
            made = self.acme.lead.review(subject.pull, "APPROVE")
            subject.approved_on, subject.review = subject.sha, made["id"]
            subject.reviewed_at.append(time.monotonic())

    def _wait(self, seconds: float) -> None:
        """Let time pass. Alongside the caller it really passes, so that the actions are spread over it."""
        if isinstance(threading.current_thread(), _Worker):
            time.sleep(seconds)
        else:
            self._pass_time(seconds)

    def dismiss(self, subject: Subject) -> None:
        with subject.change():
            self.acme.admin.dismiss_review(subject.pull, subject.review)
            subject.approved_on = None

    def label(self, subject: Subject, on: bool) -> None:
        with subject.change():
            if on:
                self.dev.label(subject.pull, "hotfix")
            else:
                self.dev.unlabel(subject.pull, "hotfix")
            subject.labelled = on

    def recheck(self, subject: Subject) -> None:
        self.dev.comment(subject.pull, "/hotfix recheck")

    def refuse(self, subject: Subject) -> None:
        """Try to override as the author of the branch, which is refused with a one-sentence answer."""
        self.dev.comment(subject.pull, "/hotfix override size I am in a hurry")
        subject.refused += 1

    def override(self, subject: Subject) -> None:
        """Override a rule as the incident commander, for the current head."""
        with subject.change():
            self.acme.commander.comment(subject.pull, "/hotfix override size the table is generated")
            subject.overridden = True
        subject.doubtful += 1

    # --- choices ---

    def start(self, *, sound: int, faulty: int, others: int) -> None:
        for _ in range(sound):
            self.open_hotfix()
        for _ in range(faulty):
            self.open_hotfix(sound=False)
        for _ in range(others):
            self.open_other()

    def act(self) -> None:
        """Perform an action that affects a rule."""
        self.acts += 1
        subject = self.rng.choice(self.subjects)
        if not subject.hotfix:
            return self.recheck(subject)
        if not (subject.labelled and subject.spec) and self.rng.random() < 0.5:
            # People eventually fix what is wrong.
            return self.label(subject, True) if not subject.labelled else self.describe(subject, whole=True)
        if subject.settled and not subject.sound and not subject.overridden:
            return self.override(subject)
        acts: dict[Callable[[], None], int] = {
            lambda: self.push(subject, sound=self.rng.random() < 0.7): 5,
            lambda: self._review(subject): 8,
            lambda: self.describe(subject, whole=not subject.spec): 1,
            lambda: self.label(subject, not subject.labelled): 1,
            lambda: self.recheck(subject): 1,
            lambda: self.refuse(subject): 1,
        }
        return self.rng.choices(list(acts), list(acts.values()))[0]()

    def _review(self, subject: Subject) -> None:
        if subject.approved_on == subject.sha:
            self.dismiss(subject)
        else:
            self.approve(subject)

    def work(self, acts: int) -> None:
        for _ in range(acts):
            self.act()

    def at_work(self, acts: int) -> threading.Thread:
        """Run `work` in a thread alongside the caller; `join()` it."""
        thread = _Worker(lambda: self.work(acts))
        thread.start()
        return thread


class _Worker(threading.Thread):
    """A thread whose exception is raised by `join()`."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(name="people", daemon=True)
        self._work = work
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self._error = error

    def join(self, timeout: float | None = None) -> None:
        super().join(timeout)
        if self._error is not None:
            raise self._error


def _spec(sound: bool) -> str:
    """Return a spec that names every changed file."""
    return GOOD_BODY if sound else GOOD_BODY.replace(FILES, FILES + "- src/large.py - all of it\n")
