"""Words that the made-up candidates are made of."""

from typing import Final

FIRST_NAMES: Final = (
    "Ana", "Bao", "Chidi", "Dana", "Elif", "Femi", "Greta", "Hana", "Ivo", "Jun", "Kofi", "Lea",
    "Mina", "Noor", "Olu", "Pia", "Quinn", "Rosa", "Sam", "Tara", "Uma", "Vera", "Wen", "Xenia",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adeyemi", "Baker", "Costa", "Duarte", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito",
    "Jensen", "Kowalski", "Larsen", "Meyer", "Nguyen", "Okafor", "Porter", "Quist", "Rossi",
    "Silva", "Tanaka", "Unger", "Varga", "Weber", "Young", "Zhang",
)  # fmt: skip
CITIES: Final = ("Austin", "Berlin", "Lagos", "Lima", "Oslo", "Pune", "Quito", "Seoul", None)
TAGS: Final = ("alumni", "campus", "fair-2025", "graduate", "intern", "referral", "relocates")
CHANNELS: Final = ("email", "call", "voicemail", "letter", "meeting", "message", "form")
STAGES: Final = (None, "Applied", "Phone screen", "Assessment", "Interview", "Final interview")

# The first are the most usual; nobody but one in a hundred has the rare one.
COMPETENCIES: Final = (
    "customer-facing", "customer-facing", "customer-facing", "academics", "academics",
    "leadership", "leadership", "sales", "writing", "analysis", "languages", "logistics",
    "teamwork", "presenting",
)  # fmt: skip
RARE: Final = "hydrology"

ADVICE: Final = (
    "Two solid semesters of grades.",
    "Take a job with customers: a call center, a restaurant, retail.",
    "Join a student club, and run something in it.",
    "Learn to present to people who did not ask.",
    "Write up one project so that a stranger follows it.",
    "Spend a season where the product is used.",
)
MILESTONES: Final = (
    ("job", "Greeter at a steakhouse"),
    ("promotion", "Promoted to waiter"),
    ("grade", "Dean's List"),
    ("award", "Employee of the month"),
    ("association", "Treasurer of the marketing club"),
    ("course", "Course in statistics"),
    ("book", "A book on selling, read"),
)
SENTENCES: Final = (
    "Thank you again for the advice that you gave me in the autumn.",
    "I started as a greeter at a steakhouse last week and talk to two hundred people a night.",
    "My grades came in, and I would be glad to send you the report card.",
    "The manager asked me to train the new people, which I had not expected.",
    "I ran for office in the marketing club and lost by four votes; I will run again.",
    "You said that a season with customers would tell me whether I like it: I do.",
    "I finished the book on selling and tried its second chapter on a difficult table.",
    "Please tell me if a place for the summer comes free, even on short notice.",
    "We moved the stand to the entrance and sold out before noon.",
    "I hope that your team had a good quarter.",
)
