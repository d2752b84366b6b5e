// Makes the timeline livelier where a browser runs scripts. Without this file everything works by links and forms.
(() => {
  "use strict";

  const HEADERS = { "X-Activitylog": "fragment" };
  const SEARCH_PAUSE = 250; // milliseconds of silence after which is searched
  const OWN = "al-";

  class Timeline {
    constructor(root) {
      this.root = root;
      this.find = root.querySelector("[data-al-find]");
      this.status = root.querySelector("[data-al-status]");
      this.asked = 0;
      root.addEventListener("click", (event) => this.clicked(event));
      root.addEventListener("submit", (event) => this.submitted(event));
      root.addEventListener("keydown", (event) => this.pressed(event));
      this.find.addEventListener("input", () => this.typed());
      this.find.querySelector("button[type=submit]").hidden = true;
      window.addEventListener("pagehide", () => this.silence());
      window.addEventListener("pageshow", (event) => event.persisted && this.listen());
      this.offerUnfolding();
      this.listen();
      root.setAttribute("data-al-ready", "");
    }

    get view() {
      return this.root.querySelector("[data-al-view]");
    }

    get days() {
      return this.root.querySelector("[data-al-days]");
    }

    say(text) {
      this.status.textContent = "";
      requestAnimationFrame(() => (this.status.textContent = text));
    }

    text(name, values = {}) {
      const template = this.root.getAttribute(`data-al-${name}`) || "";
      return template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
    }

    // -- asking ------------------------------------------------------------------------------------------------------

    async fetch(url, options = {}) {
      const answer = await fetch(url, { credentials: "same-origin", ...options, headers: HEADERS });
      const html = await answer.text();
      const template = document.createElement("template");
      template.innerHTML = html;
      return { ok: answer.ok, status: answer.status, content: template.content };
    }

    // What a link to the host's page asks of the timeline, asked of the component itself.
    own(link) {
      const page = new URL(link, location.href);
      const url = new URL(this.root.dataset.alUrl, location.href);
      for (const [name, value] of page.searchParams) if (name.startsWith(OWN)) url.searchParams.append(name, value);
      url.searchParams.set("al-back", page.pathname + page.search);
      return url;
    }

    async go(link, focus) {
      clearTimeout(this.typing);
      const turn = ++this.asked;
      const page = new URL(link, location.href);
      this.remember(page); // now: who types on before the answer searches in what was chosen last
      this.view.setAttribute("aria-busy", "true");
      try {
        const { ok, content } = await this.fetch(this.own(link));
        if (turn !== this.asked) return; // something newer was asked meanwhile
        const view = content.querySelector("[data-al-view]");
        if (!ok || !view) throw new Error("no page");
        const focused = this.view.contains(document.activeElement); // else somebody types already
        this.view.replaceWith(view);
        history.replaceState(history.state, "", page.pathname + page.search + location.hash);
        if (focus && focused) view.querySelector(`[data-al-go="${CSS.escape(focus)}"]`)?.focus();
        this.offerUnfolding();
        this.listen();
      } catch {
        this.remember(new URL(location.href));
        this.view.removeAttribute("aria-busy");
        this.say(this.text("failed"));
      }
    }

    // The form without a script sends what is chosen by links in hidden fields: they follow the page.
    remember(page) {
      for (const field of this.find.querySelectorAll(`input[type=hidden][name^="${OWN}"]`)) field.remove();
      for (const name of ["al-category", "al-open", "al-fold"]) {
        for (const value of page.searchParams.getAll(name)) {
          const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
          this.find.prepend(field);
        }
      }
      for (const name of ["al-q", "al-type", "al-since", "al-until"]) {
        const field = this.find.elements[name];
        const value = page.searchParams.get(name) || "";
        if (field && field !== document.activeElement && field.value !== value) field.value = value;
      }
    }

    typed() {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.search(), SEARCH_PAUSE);
    }

    search() {
      const url = new URL(this.find.action, location.href);
      url.search = new URLSearchParams([...new FormData(this.find)].filter(([, value]) => value !== "")).toString();
      return this.go(url.pathname + url.search);
    }

    // A link that was there before somebody typed, with what is typed now.
    searched(link) {
      const url = new URL(link);
      const words = this.find.elements["al-q"].value;
      if (words) url.searchParams.set("al-q", words);
      else url.searchParams.delete("al-q");
      return url.href;
    }

    async more(link) {
      const url = this.own(link.href);
      const label = link.textContent;
      link.textContent = this.text("loading");
      link.setAttribute("aria-busy", "true");
      try {
        const { ok, content } = await this.fetch(url);
        if (!ok) throw new Error("no page");
        const before = this.days.querySelectorAll("[data-activity-id]").length;
        const items = [...content.querySelectorAll("[data-al-days] [data-activity-id]")];
        for (const day of content.querySelectorAll("[data-al-days] > [data-day]")) this.take(day);
        const pages = content.querySelector("[data-al-pages]");
        const old = this.root.querySelector("[data-al-pages]");
        if (pages) old.replaceWith(pages);
        else old.remove();
        this.offerUnfolding();
        const count = this.days.querySelectorAll("[data-activity-id]").length - before;
        this.say(this.text(count === 1 ? "loaded-one" : "loaded", { count }));
        const first = items.find((item) => item.isConnected);
        if (first) this.focus(first);
      } catch {
        link.textContent = label;
        link.removeAttribute("aria-busy");
        this.say(this.text("failed"));
      }
    }

    focus(item) {
      const entry = item.closest("details:not([open])") || item;
      const target = entry.matches("details") ? entry.querySelector("summary") : entry;
      if (target === item) target.tabIndex = -1;
      target.focus({ preventScroll: true });
    }

    // -- entries in their places -------------------------------------------------------------------------------------

    // Among the days, or pinned on top.
    known(id) {
      return this.view.querySelector(`[data-activity-id="${CSS.escape(id)}"]`);
    }

    // Puts the entries of a day into their places by time; returns those that were not here.
    take(day) {
      const fresh = [];
      for (const item of [...day.querySelectorAll(":scope > ol > li")]) {
        const ids = [...item.querySelectorAll("[data-activity-id]"), item].filter((each) => each.dataset.activityId);
        const doubles = ids.filter((each) => this.known(each.dataset.activityId));
        if (doubles.length === ids.length) item.remove();
        else fresh.push(item);
        if (doubles.length < ids.length) doubles.forEach((each) => each.remove());
      }
      if (!fresh.length) return fresh;
      const here = this.days.querySelector(`:scope > [data-day="${CSS.escape(day.dataset.day)}"]`);
      if (here) fresh.forEach((item) => place(here.querySelector(":scope > ol"), item, "at"));
      else place(this.days, document.adoptNode(day), "day");
      this.root.querySelector("[data-al-nothing]")?.remove();
      return fresh;
    }

    // -- live --------------------------------------------------------------------------------------------------------

    listen() {
      this.silence();
      const url = this.view.dataset.alLive;
      if (!url || !("EventSource" in window)) return;
      this.source = new EventSource(url);
      this.source.onmessage = (event) => this.arrived(event.data);
    }

    // Whether an entry is so old that it stands on a page which is not here yet.
    isLater(item) {
      const last = [...this.days.querySelectorAll("[data-activity-id]")].at(-1);
      return last && this.root.querySelector("[data-al-pages]") && item.dataset.at < last.dataset.at;
    }

    silence() {
      this.source?.close();
      this.source = null;
    }

    arrived(html) {
      const template = document.createElement("template");
      template.innerHTML = html;
      for (const day of template.content.querySelectorAll("[data-day]")) {
        for (const item of day.querySelectorAll(":scope > ol > li")) if (this.isLater(item)) item.remove();
        for (const item of this.take(day)) {
          item.classList.add("al-fresh");
          const summary = item.querySelector(".al-summary")?.textContent.trim().replace(/\s+/g, " ") || "";
          this.say(this.text("arrived", { summary }));
        }
      }
    }

    // -- folding -----------------------------------------------------------------------------------------------------

    offerUnfolding() {
      const switches = this.root.querySelector("[data-al-switches]");
      const groups = [...this.root.querySelectorAll(".al-group > details")];
      let button = switches.querySelector("[data-al-unfold-all]");
      if (!groups.length) return button?.remove();
      if (!button) {
        button = Object.assign(document.createElement("button"), { type: "button", className: "al-chip" });
        button.dataset.alUnfoldAll = "";
        switches.append(button);
      }
      button.textContent = this.text(groups.every((group) => group.open) ? "refold" : "unfold");
    }

    unfoldAll() {
      const groups = [...this.root.querySelectorAll(".al-group > details")];
      const open = !groups.every((group) => group.open);
      groups.forEach((group) => (group.open = open));
      this.offerUnfolding();
    }

    // -- clicks and forms --------------------------------------------------------------------------------------------

    clicked(event) {
      const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) && event.button === 0;
      const link = event.target.closest("a, button");
      for (const menu of this.root.querySelectorAll(".al-menu[open]")) {
        if (!menu.contains(event.target)) menu.open = false;
      }
      if (!link || !plain) return;
      const does = link.dataset;
      if ("alMore" in does) this.more(link);
      else if ("alGo" in does) this.go(does.alGo === "all" ? link.href : this.searched(link.href), does.alGo);
      else if ("alOpen" in does) this.open(link);
      else if ("alClose" in does) this.close(link);
      else if ("alUnfoldAll" in does) this.unfoldAll();
      else return;
      event.preventDefault();
    }

    pressed(event) {
      const menu = event.key === "Escape" && event.target.closest(".al-menu[open], .al-write[open], .al-filters[open]");
      if (!menu) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    }

    // A page of one entry (its form, its history) is shown within the entry.
    async open(link) {
      const body = link.closest(".al-body");
      try {
        const { content } = await this.fetch(link.href);
        body.querySelector(":scope > .al-inline")?.remove();
        const inline = Object.assign(document.createElement("div"), { className: "al-inline" });
        inline.append(content);
        body.append(inline);
        link.closest(".al-menu").open = false;
        inline.querySelector("input:not([type=hidden]), textarea, a, button")?.focus();
      } catch {
        this.say(this.text("failed"));
      }
    }

    close(link) {
      const inline = link.closest(".al-inline");
      const write = link.closest("[data-al-write]");
      if (inline) {
        const summary = inline.closest(".al-body").querySelector(".al-menu > summary");
        inline.remove();
        summary?.focus();
      } else if (write) {
        write.open = false;
        write.querySelector("summary").focus();
      } else {
        location.assign(link.href);
      }
    }

    submitted(event) {
      const form = event.target;
      if (form === this.find) {
        event.preventDefault();
        clearTimeout(this.typing);
        this.search();
      } else if ("alSend" in form.dataset) {
        event.preventDefault();
        this.send(form);
      }
    }

    async send(form) {
      if (form.ariaBusy === "true") return; // once is enough
      form.ariaBusy = "true";
      try {
        const { ok, content } = await this.fetch(form.action, { method: "POST", body: new FormData(form) });
        if (ok) this.sent(form, content);
        else this.refused(form, content);
      } catch {
        this.say(this.text("failed"));
      } finally {
        form.ariaBusy = null;
      }
    }

    sent(form, content) {
      const item = form.closest("[data-activity-id]");
      const write = form.closest("[data-al-write]");
      const day = content.querySelector("[data-day]");
      if (day) {
        const id = day.querySelector("[data-activity-id]").dataset.activityId;
        this.root.querySelectorAll(`[data-activity-id="${CSS.escape(id)}"]`).forEach((each) => this.leave(each));
        if (form.matches(".al-notice")) form.remove();
        if (write) {
          form.reset();
          form.querySelectorAll(".al-wrong").forEach((each) => each.remove());
          write.open = false;
        }
        this.take(day).forEach((each) => this.focus(each));
      } else {
        const notice = content.querySelector(".al-notice");
        this.view.querySelector(":scope > .al-notice")?.remove();
        this.days.before(notice);
        if (item) this.leave(item);
        notice.querySelector("button").focus();
      }
    }

    // Takes an entry away, and a group or a day that has none any more.
    leave(item) {
      const outer = [item.closest(".al-group"), item.closest(".al-day")];
      item.remove();
      outer.forEach((each) => each && !each.querySelector("[data-activity-id]") && each.remove());
    }

    refused(form, content) {
      const again = content.querySelector("form");
      if (again) {
        const shown = content.querySelector(".al-single") || again;
        (form.closest(".al-single") || form).replaceWith(shown);
        (shown.querySelector("[aria-invalid]") || shown.querySelector("textarea")).focus();
      } else {
        form.querySelector(":scope > .al-problem")?.remove();
        form.prepend(content);
      }
    }
  }

  // Puts an element among its like, in descending order of an attribute.
  function place(parent, element, name) {
    const next = [...parent.children].find((each) => each.dataset[name] < element.dataset[name]);
    parent.insertBefore(element, next || null);
  }

  const start = () => {
    for (const root of document.querySelectorAll(".al[data-al-url]:not([data-al-ready])")) new Timeline(root);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
