// Sends the form of an authorization response at once; without it the person presses the button.
document.getElementById("form_post").submit();
