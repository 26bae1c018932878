"""Example values for the gallery page. Its words are for designers and stay in English."""

from moked.web.ui import forms


class GalleryForm(forms.Form):
    """One field of each sort."""

    name = forms.LineField(label="Name", hint="As you like it.", max_length=120, missing="Enter a name.")
    email = forms.EmailField(label="E-mail")
    words = forms.BodyField(label="What happened?", max_length=200, missing="Describe what happened.")
    choice = forms.ChoiceField(
        label="How satisfied are you?",
        choices=[("GOOD", forms.Choice("Satisfied", "All went well.")), ("BAD", "Not satisfied")],
        missing="Choose an answer.",
        widget=forms.Radios(),
    )


ROWS = [
    {"term": "Number", "text": "26-000123-4", "ltr": True},
    {"term": "What happened", "text": "The lamp in front of number 12 is dark.\nIt flickered for a week."},
]
