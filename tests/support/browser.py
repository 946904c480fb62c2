# SPDX-License-Identifier: Apache-2.0
"""What a browser does for an app of one origin: a cookie jar with a browser's rules, and everything it was ever shown."""
import json
from http.cookiejar import DefaultCookiePolicy

import requests


class Browser:
    """Sends what a script of the app sends. `seen` is all that came to the browser: headers and bodies."""

    def __init__(self, url):
        self.url, self.cookies, self.seen = url, {}, []
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # the jar is here

    def ask(self, path, body=None, method=None, headers=None, timeout=20):
        """A dict or list as body is sent as JSON. A header of None is left out."""
        sent = {"X-Cambist-Gateway": "1", "Sec-Fetch-Site": "same-origin",
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None}
        if isinstance(body, (dict, list)):
            sent["Content-Type"], body = "application/json", json.dumps(body)
        request = requests.Request(method or ("GET" if body is None else "POST"), self.url, data=body,
                                   headers={**sent, **(headers or {})})
        prepared = self.http.prepare_request(request)
        prepared.url = self.url + path  # as it stands: nothing is tidied up
        answer = self.http.send(prepared, timeout=timeout, allow_redirects=False)
        self.seen.append(f"{answer.status_code}\n" + "\n".join(f"{k}: {v}" for k, v in answer.headers.items()) +
                         "\n" + answer.text)
        for line in answer.raw.headers.getlist("Set-Cookie"):
            self._keep(line)
        return answer

    def _keep(self, line):
        """RFC 6265bis section 4.1.3: what a browser demands of a __Host- cookie, or it keeps none."""
        pair, *marks = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        assert name.startswith("__Host-"), line
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= set(marks), line
        assert not any(mark.lower().startswith("domain") for mark in marks), line
        if "Max-Age=0" in marks:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
