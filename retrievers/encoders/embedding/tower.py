"""One network of sentence-transformers, asked in the words of each role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL.Image import Image
from torch import Tensor

from retrievers.encoders.embedding.families import Role
from retrievers.encoders.embedding.spec import First
from retrievers.pictures.long_pictures import shorten


@dataclass(frozen=True)
class Tower:
    """What goes into the network.

    A text is handed over as `{"text": …}`: a bare one that looks like an address or a path of a
    picture would be fetched or opened by the library.

    Attributes:
        model: a `SentenceTransformer`.
        prompts: by role.
        first: which of a picture and its words is read first; it changes the vector.
    """

    model: Any
    prompts: Mapping[Role, str]
    first: First

    def width(self) -> int:
        """Return the length of the network's whole vectors."""
        return int(self.ask(["a"]).shape[1])

    def ask(self, texts: Sequence[str]) -> Tensor:
        return self._query([{"text": self._plain(text)} for text in texts])

    def store(self, texts: Sequence[str]) -> Tensor:
        items = [{"text": self._plain(text)} for text in texts]
        return self._encode(self.model.encode_document, items, self.prompts["document"])

    def see(self, images: Sequence[Image]) -> Tensor:
        items = [{"image": shorten(image)} for image in images]
        return self._encode(self.model.encode_document, items, self.prompts["picture"])

    def compose(self, pairs: Sequence[tuple[Image, str]]) -> Tensor:
        return self._query([self._both(image, words) for image, words in pairs])

    def _both(self, image: Image, words: str) -> dict[str, Any]:
        seen, read = {"image": shorten(image)}, {"text": self._plain(words)}
        return {**seen, **read} if self.first == "picture" else {**read, **seen}

    def _query(self, items: Sequence[Mapping[str, Any]]) -> Tensor:
        return self._encode(self.model.encode_query, items, self.prompts["query"])

    def _encode(self, encode: Any, items: Sequence[Mapping[str, Any]], prompt: str) -> Tensor:
        features: Tensor = encode(
            list(items),
            prompt=prompt,
            batch_size=len(items),
            show_progress_bar=False,
            convert_to_tensor=True,
        )
        return features  # [n, d]

    def _plain(self, text: str) -> str:
        """Return a text without the tokens that stand for a turn or a picture."""
        for token in self._control:
            text = text.replace(token, " ")
        return text

    @cached_property
    def _control(self) -> list[str]:
        tokenizer = self.model.tokenizer
        added = {str(token) for token in tokenizer.added_tokens_decoder.values()}
        return sorted({*added, *tokenizer.all_special_tokens}, key=len, reverse=True)
