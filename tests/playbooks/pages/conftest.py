"""What the tests here share."""

import pytest

from partners.models import User
from playbooks.models import Enrollment, Progress
from tests.factories import make_user


@pytest.fixture
def user() -> User:
    return make_user(name="Kim")


@pytest.fixture
def step(enrollment: Enrollment) -> Progress:
    return enrollment.progress.get(position=0)
