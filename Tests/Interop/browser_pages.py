"""One case of the pages in a real browser: browser_pages.py CASE FOLDER, with the broker's URL and tokens as JSON on
standard input. Screenshots go to FOLDER. Ends with 0 when the case holds."""

import json
import sys
import urllib.request

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, NARROW, PHONE, Browser

VALUE = "canary-5b1f0c9e7d"
HOME = "/teams/research"
HOOKS = HOME + "/webhooks"


class World:
    def __init__(self, settings, folder):
        self.url, self.folder = settings["url"], folder
        self.admin, self.member, self.auditor = settings["admin"], settings["member"], settings["auditor"]
        self.resolver, self.operator = settings["resolver"], settings["operator"]

    def call(self, method, path, token, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"Bearer {token}"},
            data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def resolve(self, name):
        return self.call("POST", f"/v1{HOME}/values", self.resolver, {"names": [name]})["secrets"][name]

    def add(self, name, value=VALUE):
        self.call("POST", f"/v1{HOME}/secrets", self.admin, {"name": name, "value": value})


def flow(world):
    """New secret, pencil, trash, with W&B's words; what is typed is nowhere afterwards."""
    with Browser(world.url) as browser:
        browser.sign_in(world.admin)
        assert browser.path == HOME
        for words in ("Team secrets", "0 secrets", "New secret", "This team has no secrets yet"):
            browser.expect(words)

        browser.click(".head a[data-dialog=add]")
        for words in ("Create a new secret", "Secret name", "Secret", "Reveal secret", "Add secret"):
            browser.expect(words)
        assert browser.driver.switch_to.active_element.get_attribute("id") == "add-name"
        browser.find("#add-name").send_keys("GITHUB_TOKEN")
        value = browser.find("#add-value")
        value.send_keys(VALUE, Keys.ENTER, "second line")
        hidden = "return getComputedStyle(arguments[0]).webkitTextSecurity"
        assert browser.driver.execute_script(hidden, value) == "disc"
        browser.click("dialog[open] .check")
        assert browser.driver.execute_script(hidden, value) == "none"
        browser.submit("dialog[open] button.primary")
        assert browser.path == HOME
        for words in ("GITHUB_TOKEN", "Secret added.", "1 secret", "Last updated: just now by test", "Not used in the last 30 days"):
            browser.expect(words)
        browser.expect_no_trace(VALUE)
        assert world.resolve("GITHUB_TOKEN") == VALUE + "\nsecond line"
        assert browser.driver.execute_script("return document.cookie") == ""

        browser.open(HOME)
        browser.expect("test used it just now")
        browser.click("a[data-dialog=rotate]")
        browser.expect("Rotate GITHUB_TOKEN")
        browser.find("#rotate-value").send_keys(VALUE + "-2")
        browser.submit("dialog[open] button.primary")
        browser.expect("Secret rotated.")
        assert world.resolve("GITHUB_TOKEN") == VALUE + "-2"
        for _ in range(3):
            browser.driver.back()
            browser.expect_no_trace(VALUE)

        browser.open(HOME)
        browser.click("a[data-dialog=delete]")
        browser.expect("Delete GITHUB_TOKEN?")
        browser.expect("deleted immediately and permanently")
        assert "test used it" in browser.find("dialog[open] .notice").text
        browser.click("dialog[open] [data-close]")
        browser.click("a[data-dialog=delete]")
        browser.submit("dialog[open] button.danger")
        browser.expect("Secret deleted, permanently.")
        browser.expect("0 secrets")


def cancelled(world):
    """What is typed and not sent is gone with the dialog, with the page, and with the way back to it."""
    with Browser(world.url) as browser:
        browser.sign_in(world.admin)
        for leave in (
            lambda: browser.click("dialog[open] [data-close]"),
            lambda: browser.find("#add-value").send_keys(Keys.ESCAPE),
            lambda: (browser.open(HOME + "/activity"), browser.driver.back()),
            lambda: browser.driver.refresh(),
        ):
            browser.open(HOME)
            browser.click(".head a[data-dialog=add]")
            browser.find("#add-name").send_keys("KEY")
            browser.find("#add-value").send_keys(VALUE)
            leave()
            # A dialog says that it was closed a moment after it was.
            browser.wait("return [...document.querySelectorAll('input,textarea')].every((field) => !field.value.includes('canary'))")
            browser.expect_no_trace(VALUE)
        browser.open(HOME + "/secrets/new")
        browser.find("#add-value").send_keys(VALUE)
        browser.open(HOME)
        browser.driver.back()
        browser.expect_no_trace(VALUE)


def refused(world):
    """An error is a sentence; the form is there again without the value."""
    world.add("TAKEN")
    with Browser(world.url) as browser:
        browser.sign_in(world.admin).open(HOME)
        browser.add("TAKEN", VALUE)
        browser.expect("The team has a secret of this name already: rotate that one.")
        assert browser.find("#add-name").get_attribute("value") == "TAKEN"
        browser.expect_no_trace(VALUE)
        browser.driver.refresh()
        browser.expect_none("already")
        browser.open(HOME + "/secrets/MISSING/rotate")
        browser.expect("The team has no secret of this name.")


def script_value(world):
    """A value that is a script is a value."""
    value = "<script>document.title = 'owned'</script>\"'><img src=x onerror=alert(1)>&amp;{{proof}}"
    with Browser(world.url) as browser:
        browser.sign_in(world.admin).open(HOME)
        browser.add("HOSTILE", value)
        browser.expect("HOSTILE")
        browser.expect_no_trace("owned")
        assert browser.driver.title.startswith("Team secrets of research")
        assert world.resolve("HOSTILE") == value


def member(world):
    """A member sees names, and no way to act; an auditor reads the log."""
    world.add("SHARED_KEY")
    with Browser(world.url) as browser:
        browser.sign_in(world.member)
        browser.expect("SHARED_KEY")
        browser.expect_none("New secret")
        assert not browser.all("dialog, .tools, textarea")
        browser.open(HOME + "/activity")
        browser.expect("Your token may not do that. Ask an admin of the team.")
        browser.open("/")
        browser.submit("form.who button")
        browser.expect("You are signed out.")
        browser.sign_in(world.auditor)
        assert browser.path == HOME + "/activity"
        browser.expect("added SHARED_KEY")
        browser.open(HOME)
        browser.expect("Your token may not do that.")


def wrong_token(world):
    """A wrong token, and one for programs, is told so and opens nothing."""
    with Browser(world.url) as browser:
        for token, words in (
            ("sbt_" + "x" * 43, "This token is not valid here"), ("nonsense", "This token is not valid here"),
            (world.resolver, "This is a token for programs"),
        ):
            browser.sign_in(token)
            browser.expect(words)
            assert token not in browser.driver.page_source + browser.driver.current_url
            browser.open(HOME)
            assert browser.path == "/sign-in"


def session_end(world):
    """A session ends with its token; what was being typed is not sent on, and the page says why."""
    with Browser(world.url) as browser:
        tokens = world.call("GET", "/v1/tokens", world.operator)["tokens"]
        own = world.call("POST", "/v1/tokens", world.operator, {"name": "brief", "role": "admin", "team": "research"})
        assert own["id"] not in [token["id"] for token in tokens]
        browser.sign_in(own["token"])
        browser.click(".head a[data-dialog=add]")
        browser.find("#add-name").send_keys("LATE")
        browser.find("#add-value").send_keys(VALUE)
        world.call("DELETE", "/v1/tokens/" + own["id"], world.operator)
        browser.submit("dialog[open] button.primary")
        browser.expect("Your session is over")
        browser.expect_no_trace(VALUE)
        assert "LATE" not in str(world.call("GET", f"/v1{HOME}/secrets", world.admin))


def linked(world):
    """A link on another site's page opens the page itself for who is signed in, and the way in for who is not."""
    link = "data:text/html,<a href='" + world.url + HOME + "'>to the secrets</a>"
    with Browser(world.url) as browser:
        browser.driver.get(link)
        browser.submit("a")
        browser.find("#token")
        browser.sign_in(world.member)
        browser.driver.get(link)
        browser.submit("a")
        browser.find("#secrets")
        assert browser.path == HOME


def tls(world):
    """With TLS the session's cookie goes to this host, by TLS, and to no script."""
    assert world.url.startswith("https://")
    with Browser(world.url) as browser:
        browser.sign_in(world.admin)
        (cookie,) = browser.driver.get_cookies()
        assert cookie["name"] == "__Host-secret-broker-session" and cookie["path"] == "/", cookie["name"]
        assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Strict", cookie
        browser.add("BY_TLS", VALUE)
        browser.expect("Secret added.")
        browser.submit("form.who button")
        browser.expect("You are signed out.")
        assert not browser.driver.get_cookies()


def warning(world):
    """What is to be known of the team's store is said above its secrets, with what to do."""
    with Browser(world.url) as browser:
        browser.sign_in(world.member)
        browser.expect("recovery")
        assert "providers/aws/README.md" in browser.find("aside").text
        browser.expect_accessible()
        browser.picture(world.folder, "warning")


def keyboard(world):
    """Everything is done with keys alone, and the focus is where it is looked for."""
    with Browser(world.url) as browser:
        def press(*keys):
            ActionChains(browser.driver).send_keys(*keys).perform()

        def focused(attribute="id"):
            return browser.driver.switch_to.active_element.get_attribute(attribute)

        def tab_to(wanted, attribute="id"):
            for _ in range(30):
                if wanted in (focused(attribute) or ""):
                    return
                press(Keys.TAB)
            raise AssertionError(f"no way to {wanted} by keyboard")

        browser.open("/sign-in")
        assert focused() == "token"
        press(world.admin, Keys.ENTER)
        browser.find(".head a")
        press(Keys.TAB)
        assert focused("class") == "skip", "the way past the header is first"
        tab_to("add", "data-dialog")
        outline = browser.driver.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", "the focus is seen"
        press(Keys.ENTER)
        browser.find("dialog[open]")
        assert focused() == "add-name"
        press(Keys.ESCAPE)
        assert focused("data-dialog") == "add", "the focus is back where it was"
        press(Keys.ENTER)
        browser.find("dialog[open]")
        press("BY_KEYBOARD", Keys.TAB, "typed", Keys.TAB, Keys.SPACE, Keys.TAB, Keys.TAB)
        assert browser.driver.switch_to.active_element.text == "Add secret"
        press(Keys.ENTER)
        browser.find(".good")
        browser.expect("BY_KEYBOARD")
        tab_to("delete", "data-dialog")
        press(Keys.ENTER)
        browser.find("dialog[open]")
        tab_to("danger", "class")
        press(Keys.ENTER)
        browser.find(".good")
        browser.expect("Secret deleted, permanently.")


def without_script(world):
    """Every flow works with scripts switched off, on pages of their own."""
    with Browser(world.url) as browser:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

        def follow(css):
            browser.driver.get(browser.find(css).get_attribute("href"))

        def send(**fields):
            for name, text in fields.items():
                browser.driver.find_element(By.NAME, name).send_keys(text)
            browser.submit("main form button")

        browser.open("/sign-in")
        send(token=world.admin)
        browser.open(HOME)
        follow(".head .button")
        assert browser.path == HOME + "/secrets/new"
        send(name="PLAIN", value="one")
        browser.expect("Secret added.")
        follow("a[data-dialog=rotate]")
        send(value="two")
        browser.expect("Secret rotated.")
        assert world.resolve("PLAIN") == "two"
        browser.open(HOME)
        follow("a[data-dialog=delete]")
        browser.expect("It is in use.")
        send()
        browser.expect("Secret deleted, permanently.")


def activity(world):
    """Who did what, filters, and the uses per day."""
    world.add("GITHUB_TOKEN")
    for _ in range(3):
        world.resolve("GITHUB_TOKEN")
    with Browser(world.url) as browser:
        browser.sign_in(world.operator).open(HOME + "/activity")
        browser.expect("3 uses in 30 days, at most 3 a day")
        browser.expect("test added GITHUB_TOKEN")
        browser.expect("fetched the value of GITHUB_TOKEN")
        browser.click("summary")
        browser.expect("3 uses")
        assert len(browser.all("svg .bar")) == 30
        browser.find("#kind").send_keys("Changes")
        browser.submit(".filters button")
        browser.expect_none("fetched")
        browser.find("#secret").send_keys("OTHER")
        browser.submit(".filters button")
        browser.expect("Nothing here fits the filter.")
        browser.submit(".filters .quiet")
        browser.expect("fetched")
        exact = browser.find(".events time").get_attribute("title")
        assert "202" in exact and ":" in exact, exact


def webhooks(world):
    """An admin makes a webhook with pointers proposed from W&B's payload, and confirms it; an edit disarms it; what W&B
    needs is copied, the token once."""
    world.add("GITHUB_TOKEN")
    with Browser(world.url) as browser:
        browser.sign_in(world.operator).open(HOOKS)
        for words in ("0 webhooks", "New webhook", "Configure webhooks to trigger requests to external applications"):
            browser.expect(words)
        browser.submit(".head a")
        for words in ("Name", "URL", "Access token", "Secret"):
            browser.expect(words)
        browser.find("#name").send_keys("deploy")
        browser.find("#url").send_keys("https://hooks.example.com/deploy")
        browser.find("#access-token").send_keys("GITHUB")
        browser.find("#payload").send_keys('{"client_payload": {"token": "${GITHUB_TOKEN}"}, "list": ["${GITHUB_TOKEN}"]}')
        browser.submit("button[value=propose]")
        assert browser.find("#payload-secrets").get_attribute("value") == "GITHUB_TOKEN /client_payload/token"
        assert browser.find("#access-token").get_attribute("value") == "GITHUB_TOKEN"
        browser.expect("stands in a list")
        browser.expect_accessible()
        browser.submit("button.primary")
        browser.expect("Not confirmed")
        browser.submit(".links a.primary")
        browser.expect("https://hooks.example.com/deploy")
        browser.expect("GITHUB_TOKEN in the payload at /client_payload/token")
        browser.submit("button.primary")
        browser.expect("Webhook confirmed")

        browser.submit(".tools a")
        browser.expect("Saving disarms this webhook")
        browser.submit_by_enter("#url")
        browser.expect("It delivers nothing until an admin confirms it.")
        browser.expect("Not confirmed")

        browser.submit(".links a")
        browser.submit("button.primary")
        token = browser.find("#relay-token").text
        assert token.startswith("sbt_"), "the token is shown"
        granted = {"origin": world.url, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        browser.driver.execute_cdp_cmd("Browser.grantPermissions", granted)
        for place in ("relay-url", "relay-token"):
            wanted = browser.find("#" + place).text
            browser.click(f"button[data-copy-from={place}]")
            browser.find(f"button.done[data-copy-from={place}]")
            read = "navigator.clipboard.readText().then(arguments[0])"
            assert browser.driver.execute_async_script(read) == wanted, place
        browser.expect_accessible()
        browser.driver.refresh()
        browser.expect_no_trace(token)
        browser.driver.back()
        browser.driver.forward()
        browser.expect_no_trace(token)

        browser.open(HOME)
        browser.click("a[data-dialog=delete]")
        assert "The webhook deploy names it" in browser.find("dialog[open] .notice").text


def webhook_looks(world):
    """The webhooks' pages pass axe, fit a phone, and are written down as pictures."""
    world.add("GITHUB_TOKEN")
    for name, confirm in (("github-deploy", True), ("a-name-that-is-rather-long-" + "x" * 37, False)):
        world.call("POST", f"/v1{HOOKS}", world.operator, {
            "name": name, "url": "https://api.github.com/repos/acme/a-repository-with-a-long-name/dispatches",
            "access_token": "GITHUB_TOKEN", "payload_secrets": [{"name": "GITHUB_TOKEN", "at": "/client_payload/token"}],
            "headers": {"X-Key": "${GITHUB_TOKEN}"}, "confirm": confirm})
    hook = HOOKS + "/github-deploy"
    pages = {
        "webhooks": HOOKS, "webhook-new": HOOKS + "/new", "webhook-edit": hook + "/edit", "webhook-confirm": hook + "/confirm",
        "webhook-test": hook + "/test", "webhook-delete": hook + "/delete", "webhook-relay": hook + "/relay",
        "webhooks-empty": "/teams/vision/webhooks",
    }
    with Browser(world.url) as browser:
        browser.sign_in(world.operator)
        for kind, size in {"desktop": DESKTOP, "phone": PHONE, "narrow": NARROW}.items():
            for page, path in pages.items():
                browser.look(size, dark=kind == "narrow")
                browser.open(path)
                if kind != "narrow":
                    browser.expect_accessible()
                browser.expect_fitting()
                browser.picture(world.folder, f"{page}-{kind}")


def looks(world):
    """Every page passes axe, fits a phone, and is written down as a picture, in light and dark."""
    for name in ("GITHUB_TOKEN", "OPENAI_API_KEY", "SLACK_WEBHOOK_URL", "A_NAME_THAT_IS_RATHER_LONG_" + "X" * 80):
        world.add(name)
    for _ in range(5):
        world.resolve("GITHUB_TOKEN")
    pages = {
        "secrets": HOME, "new": HOME + "/secrets/new", "rotate": HOME + "/secrets/GITHUB_TOKEN/rotate",
        "delete": HOME + "/secrets/GITHUB_TOKEN/delete", "activity": HOME + "/activity", "problem": HOME + "/secrets/A-/rotate",
        "teams": "/teams", "all-activity": "/activity", "empty": "/teams/vision",
    }
    sizes = {"desktop": (DESKTOP, False), "phone": (PHONE, False), "dark": (DESKTOP, True), "narrow": (NARROW, True)}
    with Browser(world.url) as browser:
        browser.open("/sign-in").expect_accessible()
        browser.picture(world.folder, "sign-in")
        browser.sign_in(world.operator)
        for kind, (size, dark) in sizes.items():
            for page, path in pages.items():
                browser.look(size, dark)
                browser.open(path)
                if kind != "narrow":
                    browser.expect_accessible()
                browser.expect_fitting()
                browser.picture(world.folder, f"{page}-{kind}")
            for dialog in ("add", "rotate", "delete"):
                browser.look(size, dark)
                browser.open(HOME)
                browser.click(f"a[data-dialog={dialog}]")
                browser.expect_accessible()
                browser.expect_fitting()
                browser.picture(world.folder, f"{dialog}-dialog-{kind}")


def relayed(world):
    """What the relay did with a secret is told on the team's pages, and no value is."""
    with Browser(world.url) as browser:
        browser.sign_in(world.operator).open(HOME + "/activity")
        browser.expect("delivered by the webhook")
        browser.expect("github-hex")
        browser.open(HOME)
        browser.expect("github-hex used it")
        assert "0123456789" not in browser.driver.page_source


CASES = [
    flow, cancelled, refused, script_value, member, wrong_token, session_end, linked, tls, warning, keyboard,
    without_script, activity, webhooks, webhook_looks, looks,
    relayed,
]

if __name__ == "__main__":
    case = next(each for each in CASES if each.__name__ == sys.argv[1])
    case(World(json.load(sys.stdin), sys.argv[2]))
