"""A real browser at the broker's pages, as the cases in browser_pages.py drive it."""

import pathlib
import time

import axe_core_python
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

DESKTOP, PHONE, NARROW = (1100, 800), (375, 780), (320, 640)
AXE = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()


class Browser:
    def __init__(self, url, size=DESKTOP, dark=False):
        options = webdriver.ChromeOptions()
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"):
            options.add_argument(flag)
        options.accept_insecure_certs = True
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(30)
        self.url = url
        self.look(size, dark)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                # A refusal of the content security policy, an error of the script, or a file that is not there.
                complaints = [line["message"] for line in self.driver.get_log("browser") if "status of" not in line["message"]]
                assert not complaints, complaints
        finally:
            self.driver.quit()

    def look(self, size, dark=False):
        width, height = size
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def open(self, path):
        self.driver.get(self.url + path)
        return self

    @property
    def path(self):
        return self.driver.current_url.removeprefix(self.url)

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def find(self, css):
        # While a page makes room for the next one, what is found may be of the one that goes.
        return WebDriverWait(self.driver, 20, ignored_exceptions=[StaleElementReferenceException]).until(
            lambda driver: next((each for each in driver.find_elements(By.CSS_SELECTOR, css) if each.is_displayed()), None),
            f"{css} is not shown at {self.path}")

    def wait(self, script):
        WebDriverWait(self.driver, 20).until(lambda driver: driver.execute_script(script), f"not so at {self.path}: {script}")

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def click(self, css):
        """Clicks, and waits for the next page where the click leads to one."""
        self.find(css).click()

    def submit(self, css):
        self._leave(css, lambda found: found.click())

    def submit_by_enter(self, css):
        self._leave(css, lambda found: found.send_keys(Keys.ENTER))

    def _leave(self, css, act):
        page = self.driver.find_element(By.TAG_NAME, "html")
        act(self.find(css))
        WebDriverWait(self.driver, 20).until(lambda _: is_gone(page), f"{css} led nowhere")

    def sign_in(self, token):
        self.open("/sign-in")
        self.find("#token").send_keys(token)
        self.submit("button.primary")
        return self

    def add(self, name, value):
        self.click(".head a[data-dialog=add]")
        self.find("#add-name").send_keys(name)
        self.find("#add-value").send_keys(value)
        self.submit("dialog[open] button.primary")

    def expect(self, text):
        assert text in self.text, f"{text!r} is not on {self.path}:\n{self.text}"

    def expect_none(self, text):
        assert text not in self.text, f"{text!r} is on {self.path}"

    def expect_no_trace(self, value):
        """Not in the page as it came, not in the page as it is, not in what the browser keeps."""
        run = self.driver.execute_script
        places = {
            "source": self.driver.page_source,
            "fields": run("return [...document.querySelectorAll('input,textarea')].map((field) => field.value).join('\\n')"),
            "address": self.driver.current_url,
            "storage": run("return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, history.state])"),
            "cookies": str(self.driver.execute_cdp_cmd("Network.getAllCookies", {})),
            "history": str(self.driver.execute_cdp_cmd("Page.getNavigationHistory", {})),
        }
        for place, content in places.items():
            assert value not in content, f"the value is in the {place} at {self.path}"

    def expect_accessible(self):
        """WCAG 2.1 AA, and what axe holds to be good practice. Behind an open dialog nothing can be reached."""
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(
            "axe.run(document.querySelector('dialog[open]') || document).then(arguments[0])")
        assert found["passes"], "axe looked at nothing"
        problems = [
            (each["id"], [(node["html"], node["failureSummary"]) for node in each["nodes"]])
            for each in found["violations"]
        ]
        assert not problems, f"{self.path}: {problems}"

    def expect_fitting(self, smallest=44):
        """Nothing is cut off sideways, and a finger hits what can be hit."""
        run = self.driver.execute_script
        wide, view = run("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide <= view, f"{self.path} is {wide} wide in a window of {view}"
        small = run(
            """return [...document.querySelectorAll('button, a, input:not([type=hidden]), textarea, select, summary')]
                .filter((each) => each.checkVisibility() && !each.closest('p:not(.name)') && !each.matches('.skip'))
                .map((each) => each.matches('[type=checkbox]') ? each.closest('label') : each)
                .filter((each) => each.getBoundingClientRect().height < arguments[0] - 0.5)
                .map((each) => each.outerHTML.slice(0, 120))""", smallest)
        assert not small, f"{self.path}: {small}"

    def picture(self, folder, name):
        """The whole page, or what is in front of it."""
        width, height = self.driver.execute_script("return [innerWidth, innerHeight]")
        if not self.all("dialog[open]"):
            whole = self.driver.execute_script("return document.documentElement.scrollHeight")
            self.driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": whole, "deviceScaleFactor": 1, "mobile": width < 500})
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(f"{folder}/{name}.png")
        self.look((width, height))


def is_gone(element):
    try:
        element.is_enabled()
        return False
    except Exception:  # The driver has several errors for an element of a page that was left.
        return True
