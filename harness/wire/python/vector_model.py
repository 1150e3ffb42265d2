"""What botocore does not know yet of vector indexes, added to its model of DynamoDB as it adds to models by itself
(`service-2.sdk-extras.json`): requests are then checked, written and read by it like all others."""

import json
import os
import tempfile

import boto3
import botocore.session
from botocore.config import Config

from millrace_server import REGION


def _structure(**members):
    return {"type": "structure", "members": {name: {"shape": shape} for name, shape in members.items()}}


def _list(member):
    return {"type": "list", "member": {"shape": member}}


_INDEX = {"IndexName": "IndexName", "VectorAttribute": "VectorAttributeDefinition", "SearchSchema": "SearchSchema",
          "Projection": "Projection", "Dimensions": "Integer", "DistanceFunction": "String"}
_EXTRAS = {"version": 1.0, "merge": {
    "operations": {"SearchVectors": {
        "name": "SearchVectors", "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": "SearchVectorsInput"}, "output": {"shape": "SearchVectorsOutput"}}},
    "shapes": {
        "SearchVectorList": _list("AttributeValue"),
        "VectorAttributeDefinition": _structure(AttributeName="String"),
        "SearchSchemaElement": _structure(AttributeName="String", SearchSchemaElementType="String"),
        "SearchSchema": _list("SearchSchemaElement"),
        "VectorIndex": _structure(**_INDEX),
        "VectorIndexList": _list("VectorIndex"),
        "VectorIndexName": _structure(IndexName="IndexName"),
        "VectorIndexUpdate": _structure(Create="VectorIndex", Delete="VectorIndexName"),
        "VectorIndexUpdateList": _list("VectorIndexUpdate"),
        "VectorIndexDescription": _structure(**_INDEX, IndexStatus="String", Backfilling="Backfilling",
                                             IndexSizeBytes="VectorCount", ItemCount="VectorCount", IndexArn="String"),
        "VectorIndexDescriptionList": _list("VectorIndexDescription"),
        "VectorCount": {"type": "long"},
        "VectorScore": {"type": "double"},
        "VectorCapacity": _structure(VectorSearchRequestBytes="VectorScore", VectorWriteRequestBytes="VectorScore"),
        "VectorCapacityMap": {"type": "map", "key": {"shape": "IndexName"}, "value": {"shape": "VectorCapacity"}},
        "SearchResultItem": _structure(Item="AttributeMap", Score="VectorScore"),
        "SearchResultList": _list("SearchResultItem"),
        "SearchVectorsInput": _structure(
            TableName="TableArn", IndexName="IndexName", ReturnConsumedCapacity="ReturnConsumedCapacity",
            ExpressionAttributeNames="ExpressionAttributeNameMap", ExpressionAttributeValues="ExpressionAttributeValueMap",
            ProjectionExpression="ProjectionExpression", SearchVector="SearchVectorList",
            SearchConditionExpression="ConditionExpression", TopK="Integer"),
        "SearchVectorsOutput": _structure(SearchResults="SearchResultList", ConsumedCapacity="VectorCapacity"),
        "CreateTableInput": _structure(VectorIndexes="VectorIndexList"),
        "UpdateTableInput": _structure(VectorIndexUpdates="VectorIndexUpdateList"),
        "TableDescription": _structure(VectorIndexes="VectorIndexDescriptionList"),
        "ConsumedCapacity": _structure(VectorIndexes="VectorCapacityMap"),
    },
}}


def vector_client(server):
    """A boto3 client of DynamoDB that knows vector indexes."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "dynamodb", "2012-08-10"))
        with open(os.path.join(folder, "dynamodb", "2012-08-10", "service-2.sdk-extras.json"), "w") as file:
            json.dump(_EXTRAS, file)
        session = botocore.session.Session()
        session.get_component("data_loader").search_paths.append(folder)
        return boto3.Session(botocore_session=session).client(
            "dynamodb", endpoint_url=server.url, region_name=REGION, aws_access_key_id="local",
            aws_secret_access_key="local", config=Config(retries={"max_attempts": 0}))
