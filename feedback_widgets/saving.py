"""How a dataset is kept: its methods for saving, loading, copying and erasing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from feedback_widgets.learning import Learning
from feedback_widgets.live import Live
from feedback_widgets.store.care import backup, forget

if TYPE_CHECKING:
    from pathlib import Path

    from feedback_widgets.merging import Merged


class Saving(Learning):
    """How `FeedbackDataset` is kept in a store."""

    def save(
        self, name: str, workspace: str = "default", store: str | os.PathLike[str] | None = None
    ) -> Self:
        """Keep the dataset in a store. Running it again resumes: what is kept there already comes back, nothing is doubled.

        Args:
            name: the dataset's name, unique in its workspace.
            workspace: a team's or a person's shelf within the store.
            store: a file path or URL; default `$FEEDBACK_WIDGETS_STORE`, else `feedback.db` in the current folder.

        Raises:
            StoreError: the store cannot be opened or written.
            InvalidInput: a dataset of that name is there, and this form would orphan answers, suggestions or records of it;
                the sentence counts them. A form that only extends the one that is there takes its place.
        """
        from feedback_widgets.keeping import save

        save(self, name, workspace, store)
        return self

    @classmethod
    def load(
        cls, name: str, *, workspace: str = "default", store: str | os.PathLike[str] | None = None
    ) -> Self:
        """Open a dataset that was saved.

        Raises:
            StoreError: there is no such store.
            InvalidInput: the store holds no such dataset; the near miss is named.
        """
        from feedback_widgets.keeping import load

        return load(cls, name, workspace, store)

    def merge(self, *others: Live) -> Merged:
        """Take in the records, suggestions, answers and reviews of other datasets: of other workspaces, or of other stores.

        Who answered is kept, and when. Where the same person answered the same record in both, the newer answer is the current
        one. The form grows by what theirs has more; guidelines, distribution and assignments stay as they are here. Merging
        again adds what is new since and nothing twice.

        Args:
            others: datasets; they are not changed.

        Returns:
            How many records and how many events of the log are new, and how many records were known.

        Raises:
            InvalidInput: not a dataset, or this one itself; or a form that does not fit: what is in the way is named, and that
                dataset is not taken in.
            StoreError: a store cannot be read or written.

        >>> import feedback_widgets as fw
        >>> form = dict(fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> team, ann, bob = (fw.FeedbackDataset(**form) for _ in range(3))
        >>> for user, each in {"ann": ann, "bob": bob}.items():
        ...     _ = each.add_records([{"text": "Could you help me?"}])
        ...     each.respond(each[0].id, {"tone": "polite"}, user=user)
        >>> team.merge(ann, bob)
        Merged(new=1, known=1, events=2)
        >>> [each.user_id for each in team[0].responses]
        ['ann', 'bob']
        """
        from feedback_widgets.merging import merge

        return merge(self, others)

    def backup(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Copy the store this dataset is kept in to `path`, while it is in use, and return the path.

        The copy is the state of one moment, complete and on disk when this returns; `load(…, store=path)` opens it.

        Raises:
            StoreError: there is a file already (unless `overwrite`), the dataset was never saved, the store is on a server,
                or the copy could not be written; a file that was there is untouched then.
        """
        return backup(self.store, path, overwrite=overwrite)

    def forget_user(self, name: str) -> int:
        """Erase everything a person answered in this dataset, for good, and return how many events were erased.

        The log keeps only that something happened to these records, under a pseudonym. The file is written anew without the
        bytes; copies made earlier still hold them. Other kernels forget at their next `sync()`, and nothing that was erased
        comes back, by undo or from a page that sends it again.

        Raises:
            InvalidInput: the name is empty.
            StoreError: it could not be written; nothing was erased.
        """
        erased = forget(self.store, self.key, name)
        self.sync()
        return erased

    def push_to_argilla(self, name: str, workspace: str = "default") -> Self:
        """`save(name, workspace)` on the default store, under the name that Argilla's users know."""
        return self.save(name, workspace)

    @classmethod
    def from_argilla(cls, name: str, *, workspace: str = "default") -> Self:
        """`load(name, workspace=…)` from the default store, under the name that Argilla's users know."""
        return cls.load(name, workspace=workspace)
