/// The pages' script, for comfort only: every page works without it. It reads what is typed only to tell of a line
/// break at the end, keeps nothing and sends nothing.
let scriptText = #"""
    "use strict";
    (() => {
      const root = document.documentElement;
      root.classList.add("scripted");

      // Forms that open in front of the page instead of on one of their own.
      document.addEventListener("click", (event) => {
        const opener = event.target.closest("a[data-dialog]");
        if (!opener || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        const dialog = document.getElementById(opener.dataset.dialog);
        if (!dialog || !dialog.showModal) return;
        event.preventDefault();
        const form = dialog.querySelector("form");
        form.reset();
        if (opener.dataset.name) fill(dialog, form, opener);
        dialog.showModal();
      });

      function fill(dialog, form, opener) {
        form.setAttribute("action", opener.getAttribute("href"));
        for (const place of dialog.querySelectorAll("[data-fill=name]")) place.textContent = opener.dataset.name;
        const version = form.querySelector("input[name=version]");
        if (version) version.value = opener.dataset.version;
        const told = form.querySelector("input[name=in-use]");
        if (!told) return;
        const uses = opener.closest("li").querySelector(".uses");
        const warning = dialog.querySelector("[data-fill=uses]");
        const list = warning.querySelector("ul");
        list.replaceChildren(...(uses ? Array.from(uses.children, (use) => use.cloneNode(true)) : []));
        warning.hidden = !uses;
        told.value = uses ? "told" : "";
        form.querySelector("button").textContent = uses ? "Delete anyway" : "Delete";
      }

      document.addEventListener("click", (event) => {
        const closer = event.target.closest("[data-close]");
        const dialog = closer && closer.closest("dialog");
        if (!dialog) return;
        event.preventDefault();
        dialog.close();
      });

      // What was typed leaves the page with its form, also when the browser keeps the page for its back button.
      const clear = () => { for (const form of document.forms) form.reset(); };
      for (const dialog of document.querySelectorAll("dialog")) dialog.addEventListener("close", clear);
      addEventListener("pagehide", clear);

      document.addEventListener("input", (event) => {
        const field = event.target.closest(".field");
        const hint = field && field.querySelector("[data-trailing]");
        if (hint) hint.hidden = !event.target.value || !event.target.value.endsWith("\n");
      });
      document.addEventListener("reset", (event) => {
        for (const hint of event.target.querySelectorAll("[data-trailing]")) hint.hidden = true;
      });

      // One form is sent once.
      document.addEventListener("submit", (event) => {
        const form = event.target;
        if (form.method !== "post") return;
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "yes";
        form.setAttribute("aria-busy", "true");
      });
      addEventListener("pageshow", () => {
        for (const form of document.forms) { delete form.dataset.sent; form.removeAttribute("aria-busy"); }
      });

      // What a button names, or what stands where it points.
      document.addEventListener("click", async (event) => {
        const button = event.target.closest("button[data-copy], button[data-copy-from]");
        if (!button) return;
        const said = document.getElementById("said");
        const place = document.getElementById(button.dataset.copyFrom);
        try {
          await navigator.clipboard.writeText(place ? place.textContent : button.dataset.copy);
          said.textContent = "Copied " + (place ? place.dataset.what : button.dataset.copy);
          button.classList.add("done");
          setTimeout(() => button.classList.remove("done"), 1500);
        } catch {
          said.textContent = "The browser does not let this page copy.";
        }
      });

      // Exact times, in the reader's own zone.
      const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
      for (const time of document.querySelectorAll("time[datetime]")) {
        time.title = exact.format(new Date(time.dateTime));
      }
    })();
    """#
