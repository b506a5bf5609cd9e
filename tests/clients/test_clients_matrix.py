"""Every client in every way it is used."""

import pytest
from every_client import SCENARIOS
from replaying import faithful, reported

# google-genai derives from the session of aiohttp, which wants no heirs
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_client_sees_the_same_live_recorded_and_replayed(scenario, studio, request):
    reported(scenario, request)
    faithful(scenario, studio)
