"""Every write of departments, people and memberships."""

from moked.accounts.operations.departments import (
    UnableToChangeDepartment,
    add_department,
    change_department,
    restore_department,
    retire_department,
)
from moked.accounts.operations.people import (
    UnableToChangePeople,
    add_member,
    give_role,
    invite,
    invite_again,
    switch_off,
    switch_on,
    take_role,
)
from moked.accounts.operations.sign_in import request_sign_in_mail

__all__ = [
    "UnableToChangeDepartment",
    "UnableToChangePeople",
    "add_department",
    "add_member",
    "change_department",
    "give_role",
    "invite",
    "invite_again",
    "request_sign_in_mail",
    "restore_department",
    "retire_department",
    "switch_off",
    "switch_on",
    "take_role",
]
