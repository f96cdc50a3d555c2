"""What an encoder's name and a text's little words tell; nothing is told that is not sure."""

import pytest

from retrievers.encoders.languages import ENGLISH, OTHER, knows_english_only, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ein Hund auf dem Sofa", "German"),
        ("einen roten Ball", "German"),
        ("un chien sur la plage", "French"),
        ("perro en la playa", OTHER),
        ("una barca sul lago", "Italian"),
        ("um cachorro na praia", "Portuguese"),
        ("een hond op het strand", "Dutch"),
        ("a dog on the beach", ENGLISH),
        ("mit building at night", ENGLISH),
        ("Los Angeles at night", ENGLISH),
        ("a la carte menu", ENGLISH),
    ],
)
def test_little_words_tell_the_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        *("", "Hund", "two dogs", "mit campus", "la la land", "Rio de Janeiro", "Le Mans"),
        *("Las Vegas", "El Capitan", "Oscar de la Renta", "das boot", "Big Sur", "42", "犬"),
    ],
)
def test_names_and_lone_words_tell_nothing(text: str) -> None:
    assert language_of(text) == ""


@pytest.mark.parametrize(
    ("encoder", "english"),
    [
        ("offline:efficientnet-lite2-abc+minilm-l6-def", True),
        ("open_clip:ViT-B-32/laion2b_s34b_b79k", True),
        ("open_clip:MobileCLIP2-S2/dfndr2b@" + "a" * 40, True),
        ("transformers:openai/clip-vit-base-patch32@" + "a" * 40, True),
        ("open_clip:ViT-B-16-SigLIP2-256/webli", False),
        ("open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k", False),
        ("onnx:onnx-community/siglip2-base-patch16-256-ONNX@" + "a" * 40 + "#fp16", False),
        ("transformers:mine#0123456789ab", False),
    ],
)
def test_an_encoder_is_taken_to_know_all_unless_its_name_tells(encoder: str, english: bool) -> None:
    assert knows_english_only(encoder) == english
