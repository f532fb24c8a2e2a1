"""Who lives on the three servers, and what they say to each other."""

from dataclasses import dataclass
from typing import Literal

from weft.admin.demo.pictures import Scene


@dataclass(frozen=True, slots=True)
class Place:
    """One server: ``name.localhost``."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Person:
    """``key`` is the name of the account; it is unique over all servers."""

    key: str
    place: str
    name: str
    bio: str
    scene: Scene
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    scene: Scene
    description: str


@dataclass(frozen=True, slots=True)
class Post:
    """``{key}`` in the text is the handle of a person; ``answers`` names another post."""

    key: str
    by: str
    text: str
    answers: str | None = None
    pictures: tuple[Picture, ...] = ()
    warning: str = ""
    poll: tuple[str, ...] = ()
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    liked_by: tuple[str, ...] = ()
    boosted_by: tuple[str, ...] = ()


PLACES = (
    Place("harbour", "Harbour", "Boats, weather and the people who wait for both."),
    Place("meadow", "Meadow", "Gardens, bees and everything that grows."),
    Place("attic", "Attic", "Old machines, new books, loose cables."),
)

PEOPLE = (
    Person("mira", "harbour", "Mira Okafor", "Harbour pilot. Photographs before sunrise. #sea",
           Scene("dawn", 3), (("Boat", "Kittiwake"), ("Pronouns", "she/her"))),
    Person("jonas", "harbour", "Jonas", "I mend nets and, on Tuesdays, bicycles.", Scene("dusk", 8)),
    Person("lena", "meadow", "Lena Brandt", "Beekeeper with forty hives and one good coat.",
           Scene("field", 5), (("Honey", "from June"),)),
    Person("tomasz", "meadow", "Tomasz", "Plants trees that I shall not sit under.", Scene("wood", 2)),
    Person("ines", "attic", "Inês Duarte", "Reads slowly, writes marginalia, repairs typewriters.",
           Scene("night", 7), (("Desk", "Olivetti Lettera 22"),)),
    Person("ravi", "attic", "Ravi", "Synthesizers. Yes, the cables are all needed.", Scene("dusk", 4)),
)  # fmt: skip

FOLLOWS = (
    ("mira", ("jonas", "lena", "ines", "ravi")),
    ("jonas", ("mira", "tomasz")),
    ("lena", ("mira", "tomasz", "ines")),
    ("tomasz", ("lena", "jonas")),
    ("ines", ("mira", "ravi", "lena", "tomasz")),
    ("ravi", ("ines", "mira")),
)

POSTS = (
    Post("fog", "mira",
         "Four in the morning, and the fog signal is the only one who talks.\n\n#sea #sunrise",
         pictures=(Picture(Scene("dawn", 11),
                           "Dawn over calm water: a pale sun behind layers of blue hills."),),
         liked_by=("jonas", "lena", "ines", "ravi"), boosted_by=("ines",)),
    Post("fog-jonas", "jonas", "{mira} It never lets anybody else finish a sentence.",
         answers="fog", liked_by=("mira",)),
    Post("fog-ines", "ines", "{mira} I could read for hours in that light.", answers="fog",
         liked_by=("mira", "jonas")),
    Post("fog-mira", "mira", "{ines} Come over, there is a chair and coffee in the pilot house.",
         answers="fog-ines", liked_by=("ines",)),
    Post("swarm", "lena",
         "A swarm moved into the old letter box. The post will have to wait until autumn.\n\n#bees",
         pictures=(Picture(Scene("field", 21), "A meadow in June under a high sun."),),
         liked_by=("mira", "tomasz", "ines"), boosted_by=("mira", "tomasz")),
    Post("swarm-tomasz", "tomasz", "{lena} They chose well. Oak, facing south-east.",
         answers="swarm", liked_by=("lena",)),
    Post("swarm-mira", "mira", "{lena} What does one write on the sign? “Beware of the mail”?",
         answers="swarm", liked_by=("lena", "ines")),
    Post("poll", "ravi", "Which one shall I record first? #synth",
         poll=("The drone", "The arpeggio", "Ten minutes of cable noise")),
    Post("book", "ines",
         "The ending, at last. I had to walk around the block twice.",
         warning="Spoilers: the novel with the lighthouse", liked_by=("lena",)),
    Post("trees", "tomasz",
         "Two hundred alders along the ditch, planted by nine people and one very proud dog.\n\n"
         "How it is done: https://example.org/how-to-plant-a-hedge #trees",
         pictures=(Picture(Scene("wood", 31), "Dark firs in rows in front of a green sky."),
                   Picture(Scene("field", 33), "Low hills with young trees in the evening.")),
         liked_by=("lena", "jonas", "ines"), boosted_by=("lena", "jonas")),
    Post("nets", "jonas", "Hands smell of tar, tea tastes of tar, life is good.",
         liked_by=("mira",)),
    Post("night", "ines",
         "Nobody tells you that the loudest part of a typewriter is the silence after it. #writing",
         pictures=(Picture(Scene("night", 41), "A full moon over black hills."),),
         liked_by=("ravi", "mira"), boosted_by=("mira",)),
    Post("quiet", "mira", "For those who follow me only: the ferry is late again. Surprise.",
         visibility="private"),
)  # fmt: skip

PASSWORD = "weave the thread"  # noqa: S105  shown to everybody who runs the demo
