"""How records are found from a dataset: its methods for searching, filtering, sorting, and asking for what is similar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.live import Live

if TYPE_CHECKING:
    from feedback_widgets.query import MetadataFilter, Query, SortBy
    from feedback_widgets.records import Record
    from feedback_widgets.search import Found


class Finding(Live):
    """What `FeedbackDataset` can find. Each method opens the room `search` when it is first called."""

    def search(self, query: Query | str | None = None, user: str | None = None) -> Found:
        """Return the records that `query` wants, in its order. Answers and records from other kernels count.

        Args:
            query: a `Query`, or words as in a search bar: `refund -spam "credit card" pre*`.
            user: the annotator whose status and answers the query is about.

        Raises:
            InvalidInput: the query names what is not there; the near miss is named.
            StoreError: the store cannot be read.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
        >>> ds.add_records([{"text": "A refund, please."}, {"text": "Thank you."}])
        Added(new=2, known=0)
        >>> [each.fields["text"] for each in ds.search("REFUND*")]
        ['A refund, please.']
        """
        from feedback_widgets.search import search

        return search(self, query, user)

    def filter_by(
        self,
        *,
        response_status: str | Sequence[str] | None = None,
        metadata_filters: MetadataFilter | Sequence[MetadataFilter] | None = None,
        **wanted: Any,
    ) -> Found:
        """Return the records that fit, as a view that can be filtered and sorted further.

        Args:
            response_status: `pending`, `draft`, `submitted`, `discarded`, or a list of them.
            metadata_filters: conditions on metadata, in Argilla's words.
            wanted: parts of a `Query`: `text=`, `user=`, `metadata=`, `suggestions=`, `answers=` …

        Raises:
            InvalidInput: a condition that there is not.
        """
        return self.search().filter_by(
            response_status=response_status, metadata_filters=metadata_filters, **wanted
        )

    def sort_by(self, *keys: str | SortBy | Sequence[str | SortBy]) -> Found:
        """Return the records in another order, as a view: by `"added"`, `"-metadata.length"`, `SortBy(…)`, or several of them.

        Raises:
            InvalidInput: a key that there is not.
        """
        return self.search().sort_by(*keys)

    def find_similar(
        self,
        to: Record | str | Sequence[float],
        vector: str | None = None,
        k: int = 50,
        *,
        least: bool = False,
    ) -> list[tuple[Record, float]]:
        """Return the `k` records most like `to`, each with the cosine of the two vectors (-1 to 1), the most similar first.

        Args:
            to: a record, its id (itself is left out then), or a vector.
            vector: the vector's name; may be left out where there is one only.
            k: how many, at least 1.
            least: the least similar ones instead.

        Raises:
            InvalidInput: there is no such vector or record, or the numbers do not fit.
            MissingExtra: numpy is not installed.
        """
        from feedback_widgets.search import find_similar

        return find_similar(self, to, vector, k, least=least)

    def find_similar_records(
        self,
        vector_name: str,
        value: Sequence[float] | None = None,
        record: Record | None = None,
        max_results: int = 50,
    ) -> list[tuple[Record, float]]:
        """`find_similar`, under the names that Argilla's users know; give one of `value` and `record`."""
        given = [each for each in (value, record) if each is not None]
        if len(given) != 1:
            raise InvalidInput(
                f"find_similar_records needs either value= or record=, got {len(given)} of them"
            )
        return self.find_similar(given[0], vector_name, max_results)
