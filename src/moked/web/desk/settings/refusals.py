"""What to say when a change of the settings was refused, and what to do about it."""

from django.utils.translation import gettext_lazy as _

DEPARTMENTS = {
    "NO_NAME": _("Write the name in at least one language."),
    "NAME_TAKEN": _("There is a department of this name already. Write another name."),
    "UNKNOWN_PARENT": _("The department above is no longer there. Choose another."),
    "BELOW_ITSELF": _("A department cannot be below itself. Choose one that is not below it."),
    "HAS_MEMBERS": _("People still belong to this department. Take their roles in it first."),
    "HAS_DEPARTMENTS": _("Other departments are below this one. Move or retire them first."),
    "HAS_SERVICES": _("Services still lead to this department. Give them to another one first."),
    "HAS_CASES": _("Open cases are with this department. Close them or hand them over first."),
    "IN_RULES": _("A routing rule leads to this department. Change the rule first."),
}
FACTORS = _(
    "Nobody resets their own second step, nor that of an administrator of another town."
    " Ask whoever runs the installation."
)
PEOPLE = {
    "NOT_ALLOWED": _("Only an administrator can do this, and you are none any more."),
    "YOURSELF": _("Nobody changes their own roles. Ask another administrator."),
    "LAST_ADMINISTRATOR": _("Somebody has to remain administrator. Make a colleague one first."),
    "ALREADY_HELD": _("This person holds this role already. Choose another."),
    "DEPARTMENT_NEEDED": _("Choose the department in which the role holds."),
    "UNKNOWN_DEPARTMENT": _("This department is no longer there. Choose another."),
    "WORKS_ELSEWHERE": _("This person also works for another town. Take the roles in this one instead."),
    "SWITCHED_OFF": _("This person was switched off. Switch them on again first."),
}
