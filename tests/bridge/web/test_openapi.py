"""The description of the interface. tests/end_to_end/test_web.py has schemathesis try it."""

import json

import jsonschema
import pytest

from bridge.web.openapi import description
from protocols.arkit import BLENDSHAPES


def schema_of(name):
    described = description("1", BLENDSHAPES)
    return {"$ref": f"#/components/schemas/{name}", "components": described["components"]}


@pytest.mark.parametrize(
    ("method", "path", "sent", "schema"),
    [
        ("GET", "/v1/streams/main", None, "Shown"),
        ("GET", "/v1/streams/main?weights=true", None, "Shown"),
        ("GET", "/v1/status", None, "Status"),
        ("POST", "/v1/streams/main", "joy", "Understood"),
        ("POST", "/v1/streams/main", '{"speaking": true}', "Understood"),
        ("POST", "/v1/streams/main", "nonsense!", "Refusal"),
    ],
)
async def test_each_answer_has_the_described_form(served, method, path, sent, schema):
    async with served.client.request(method, path, data=sent) as answer:
        jsonschema.validate(await answer.json(), schema_of(schema))


async def test_an_examination_has_the_described_form(served):
    finding = {"subject": "model", "verdict": "ok", "found": "it loads", "cure": ""}

    async def examined():
        return {"problems": [], "findings": [finding]}

    served.views.examine = examined
    async with served.client.post("/v1/examination") as answer:
        jsonschema.validate(await answer.json(), schema_of("Examination"))
    finding["verdict"] = "dubious"
    async with served.client.post("/v1/examination") as answer:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(await answer.json(), schema_of("Examination"))


async def test_the_served_description_names_all_52_weights(served):
    async with served.client.get("/v1/openapi.json") as answer:
        described = await answer.json()
    weights = described["components"]["schemas"]["Shown"]["properties"]["weights"]
    assert tuple(weights["required"]) == BLENDSHAPES


def test_the_description_is_plain_json():
    assert json.loads(json.dumps(description("1", BLENDSHAPES)))["openapi"] == "3.1.0"
