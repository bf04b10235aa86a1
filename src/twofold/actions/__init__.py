"""Server actions: functions that this app's own components call."""

from __future__ import annotations

from twofold.actions.action import Action as Action
from twofold.actions.decorator import action as action
from twofold.actions.form import Attributes as Attributes
from twofold.actions.form import Field as Field
from twofold.actions.form import Form as Form
from twofold.actions.receipts import read_receipt as read_receipt
from twofold.actions.registry import find_action_id as find_action_id
from twofold.actions.registry import registry as registry
from twofold.actions.serving import PULL_HEADER as PULL_HEADER
from twofold.actions.serving import answer_action as answer_action
from twofold.actions.serving import is_client_call as is_client_call
from twofold.actions.serving import is_runtime_call as is_runtime_call
from twofold.actions.stream import StreamAction as StreamAction
from twofold.actions.submitting import Around as Around
