# SPDX-License-Identifier: Apache-2.0
"""A bank whose realm uses the permissions of Keycloak's legacy token exchange in every way: what
permissions.py makes, and which questions it asks."""
REQUESTERS = ["api-a", "api-b", "api-c", "api-d"]  # api-d has no service account
PEOPLE = ["anna", "bert", "carl", "dora", "emil"]

REALM = {"realm": "bank", "enabled": True, "accessTokenLifespan": 1800, "sslRequired": "none"}
REALM_ROLES = ["trusted", "auditor", "boss", "helpdesk", "vip"]
COMPOSITES = {"boss": ["trusted", ("tools", "run")]}
GROUPS = {"/partners": None, "/partners/north": None, "/partners-old": None, "/staff": None, "/staff/north": None,
          "/staffing": None, "/customers": None, "/customers/vip": "vip"}  # path -> role
USERS = {  # name -> groups, roles, attributes
    "anna": (["/staff/north"], ["trusted", "helpdesk"], {"tier": ["gold"]}),
    "bert": (["/staff"], [], {"tier": ["silver"]}),
    "carl": (["/staffing"], [("realm-management", "impersonation")], {}),
    "dora": (["/customers"], [], {"tier": ["gold"], "region": ["eu-west"]}),
    "emil": (["/customers/vip"], [("tools", "run")], {"region": ["us"]}),
}
ACCOUNTS = {  # service accounts: the same
    "api-a": (["/partners"], ["trusted"], {"tier": ["gold"]}),
    "api-b": (["/partners/north"], [("tools", "run"), "auditor"], {"tier": ["silver"], "name": ["api-b 7"]}),
    "api-c": (["/partners-old"], ["boss"], {"tier": ["bronze", "gold"]}),
}
# Clients by whom people log in; with the audiences that their tokens have.
FRONTS = {"web": [], "portal": REQUESTERS, "desk": ["api-a"]}

POLICIES = {  # name -> type, settings; `logic` NEGATIVE where it says so
    "a": ("client", {"clients": ["api-a"]}),
    "b": ("client", {"clients": ["api-b"]}),
    "a or b": ("client", {"clients": ["api-a", "api-b"]}),
    "not a": ("client", {"clients": ["api-a"], "logic": "NEGATIVE"}),
    "portal": ("client", {"clients": ["portal"]}),
    "trusted": ("role", {"roles": [("trusted", False)]}),
    "not trusted": ("role", {"roles": [("trusted", False)], "logic": "NEGATIVE"}),
    "trusted or auditor": ("role", {"roles": [("trusted", False), ("auditor", False)]}),
    "trusted and runs": ("role", {"roles": [("trusted", True), (("tools", "run"), True)]}),
    "trusted needed": ("role", {"roles": [("trusted", True), ("auditor", False)]}),
    "runs": ("role", {"roles": [(("tools", "run"), False)]}),
    "helpdesk": ("role", {"roles": [("helpdesk", False)]}),
    "vip": ("role", {"roles": [("vip", False)]}),
    "not vip": ("role", {"roles": [("vip", False)], "logic": "NEGATIVE"}),
    "anna": ("user", {"users": ["anna"]}),
    "dora": ("user", {"users": ["dora"]}),
    "not dora": ("user", {"users": ["dora"], "logic": "NEGATIVE"}),
    "partners": ("group", {"groups": [("/partners", False)]}),
    "all partners": ("group", {"groups": [("/partners", True)]}),
    "north": ("group", {"groups": [("/partners/north", False), ("/staff/north", False)]}),
    "not partners": ("group", {"groups": [("/partners", True)], "logic": "NEGATIVE"}),
    "staff": ("group", {"groups": [("/staff", True)]}),
    "customers": ("group", {"groups": [("/customers", True)]}),
    "plain customers": ("group", {"groups": [("/customers", False)]}),
    "gold": ("regex", {"targetClaim": "tier", "pattern": "gold"}),
    "metal": ("regex", {"targetClaim": "tier", "pattern": "gold|silver"}),
    "not gold": ("regex", {"targetClaim": "tier", "pattern": "gold", "logic": "NEGATIVE"}),
    "named": ("regex", {"targetClaim": "name", "pattern": "^api-[a-z] \\d+$"}),
    "old": ("regex", {"targetClaim": "tier", "pattern": "ol"}),
    "european": ("regex", {"targetClaim": "region", "pattern": "eu-.*"}),
    "called a": ("regex", {"targetClaim": "preferred_username", "pattern": "a.*"}),
    "before": ("time", {"notOnOrAfter": "2020-01-01 00:00:00"}),
    "since": ("time", {"notBefore": "2020-01-01 00:00:00"}),
    "window": ("time", {"notBefore": "2020-01-01 00:00:00", "notOnOrAfter": "2090-01-01 00:00:00"}),
    "years": ("time", {"year": "2020", "yearEnd": "2090", "month": "1", "monthEnd": "12", "hour": "0", "hourEnd": "23",
                       "minute": "0", "minuteEnd": "59", "dayMonth": "1", "dayMonthEnd": "31"}),
    "past years": ("time", {"year": "2020", "yearEnd": "2021"}),
    "not before": ("time", {"notOnOrAfter": "2020-01-01 00:00:00", "logic": "NEGATIVE"}),
    "all of": ("aggregate", {"policies": ["a or b", "trusted"], "decisionStrategy": "UNANIMOUS"}),
    "one of": ("aggregate", {"policies": ["b", "trusted"], "decisionStrategy": "AFFIRMATIVE"}),
    "most of": ("aggregate", {"policies": ["a or b", "trusted", "partners"], "decisionStrategy": "CONSENSUS"}),
    "half of": ("aggregate", {"policies": ["a or b", "trusted"], "decisionStrategy": "CONSENSUS"}),
    "none of": ("aggregate", {"policies": ["b", "trusted"], "decisionStrategy": "AFFIRMATIVE", "logic": "NEGATIVE"}),
    "nested": ("aggregate", {"policies": ["one of", "not partners"], "decisionStrategy": "UNANIMOUS"}),
    "helpdesk or a": ("aggregate", {"policies": ["helpdesk", "a"], "decisionStrategy": "AFFIRMATIVE"}),
}

# Targets: name -> policies of their token-exchange permission and its strategy.
TARGETS = {f"t-{name.replace(' ', '-')}": ([name], "UNANIMOUS") for name in POLICIES}
TARGETS |= {
    "t-two": (["a or b", "trusted"], "UNANIMOUS"), "t-any": (["b", "trusted"], "AFFIRMATIVE"),
    "t-most": (["a or b", "trusted", "partners"], "CONSENSUS"), "t-half": (["a or b", "trusted"], "CONSENSUS"),
    "t-mixed": (["not a", "all partners", "metal"], "AFFIRMATIVE"),
    "t-strict": (["not a", "all partners", "metal"], "UNANIMOUS"),
    "t-empty": ([], "UNANIMOUS"), "t-empty-any": ([], "AFFIRMATIVE"),
}
CLOSED = ["t-none"]  # a target without permissions
# More permissions on a target: name -> target, type, scopes, policies
MORE = {
    "more scope": ("t-more-scope", "scope", ["token-exchange"], ["trusted"]),
    "more scopes": ("t-more-scopes", "scope", ["token-exchange", "view"], ["b"]),
    "other scope": ("t-other-scope", "scope", ["view"], ["b"]),
    "more resource": ("t-more-resource", "resource", [], ["trusted"]),
}
TARGETS |= {target: (["a or b"], "UNANIMOUS") for target, *_ in MORE.values()}

# Who may impersonate whom: name -> (policies, strategy) of impersonate and of user-impersonated.
UNSET = ([], "UNANIMOUS")
IMPERSONATIONS = {
    "unset": (UNSET, UNSET),
    "users": ((["anna"], "UNANIMOUS"), UNSET),
    "role": ((["helpdesk"], "UNANIMOUS"), UNSET),
    "client": ((["a"], "UNANIMOUS"), UNSET),
    "holder": ((["portal"], "UNANIMOUS"), UNSET),
    "both": ((["helpdesk", "portal"], "UNANIMOUS"), UNSET),
    "either": ((["helpdesk", "a"], "AFFIRMATIVE"), UNSET),
    "aggregate": ((["helpdesk or a"], "UNANIMOUS"), UNSET),
    "group": ((["staff"], "UNANIMOUS"), UNSET),
    "regex": ((["called a"], "UNANIMOUS"), UNSET),
    "negative": ((["not a"], "UNANIMOUS"), UNSET),
    "customers": ((["helpdesk", "a"], "AFFIRMATIVE"), (["customers"], "UNANIMOUS")),
    "plain": ((["helpdesk", "a"], "AFFIRMATIVE"), (["plain customers"], "UNANIMOUS")),
    "no vips": ((["helpdesk", "a"], "AFFIRMATIVE"), (["customers", "not vip"], "UNANIMOUS")),
    "not dora": ((["helpdesk", "a"], "AFFIRMATIVE"), (["not dora"], "UNANIMOUS")),
    "by client": ((["helpdesk", "a"], "AFFIRMATIVE"), (["a"], "UNANIMOUS")),
    "by no client": ((["helpdesk", "a"], "AFFIRMATIVE"), (["not a"], "UNANIMOUS")),
    "attribute": ((["helpdesk", "a"], "AFFIRMATIVE"), (["european"], "UNANIMOUS")),
    "tiers": ((["helpdesk", "a"], "AFFIRMATIVE"), (["gold", "european"], "CONSENSUS")),
    "only whom": (UNSET, (["customers"], "UNANIMOUS")),
}
# The resource server of realm-management: name -> settings. Asked of all targets again.
SERVERS = {
    "unanimous": {"decisionStrategy": "UNANIMOUS", "policyEnforcementMode": "ENFORCING"},
    "affirmative": {"decisionStrategy": "AFFIRMATIVE", "policyEnforcementMode": "ENFORCING"},
    "permissive": {"decisionStrategy": "UNANIMOUS", "policyEnforcementMode": "PERMISSIVE"},
    "disabled": {"decisionStrategy": "UNANIMOUS", "policyEnforcementMode": "DISABLED"},
}
