// The page is complete without this script. It draws a plot above each table of numbers, sorts and
// searches the samples, and marks the part that is being read.
(function () {
  "use strict";

  const number = (text) => {
    const value = Number(text.replace(/,/g, ""));
    return text.trim() === "" || Number.isNaN(value) ? null : value;
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const compact = (v) =>
    v == null ? "" : Math.abs(v) >= 1000 ? v.toLocaleString("en-US", { maximumFractionDigits: 0 })
      : String(Number(v.toPrecision(4)));

  // The columns of a figure's table, as numbers.
  function columnsOf(figure) {
    const rows = [...figure.querySelectorAll("tbody tr")].filter((row) => !row.dataset.apart);
    const width = figure.querySelectorAll("thead th").length;
    const columns = Array.from({ length: width }, () => []);
    for (const row of rows) {
      [...row.children].forEach((cell, i) => columns[i].push(number(cell.textContent)));
    }
    return columns;
  }

  const whole = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];
  const axis = (more) => ({
    stroke: colour("--quiet"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    values: (u, splits) => splits.map(compact),
    ...more,
  });

  // Bars of how many, and a line of the share below. Both have one x: a bar stands in the middle of
  // its bin, the line's points on the edges.
  function histogram(figure, columns, width) {
    const [from, to, count, share] = columns;
    const x = [from[0]], bars = [undefined], line = [0];
    from.forEach((low, i) => {
      x.push((low + to[i]) / 2, to[i]);
      bars.push(count[i] || null, undefined);
      line.push(null, share[i]);
    });
    return new uPlot({
      width, height: 240,
      padding: [8, 0, 0, 0],
      cursor: { drag: { setScale: false }, y: false },
      scales: {
        x: { time: false, range: () => [from[0], to[to.length - 1]] },
        y: { range: (u, low, high) => [0, high * 1.08 || 1] },
        share: { range: () => [0, 100] },
      },
      axes: [
        axis({ label: figure.dataset.unit, labelSize: 20, size: 34, space: 70, ...(figure.dataset.unit === "tokens" && { incrs: whole }) }),
        axis({ size: 56, incrs: whole }),
        axis({ scale: "share", side: 1, size: 52, grid: { show: false }, values: (u, s) => s.map((v) => v + " %") }),
      ],
      series: [
        { label: figure.dataset.unit, value: (u, v) => compact(v) },
        {
          label: figure.dataset.count, stroke: colour("--plot"), fill: colour("--plot-fill"), width: 1,
          points: { show: false }, value: (u, v) => compact(v),
          paths: uPlot.paths.bars({ size: [1, 1e6], align: 0, gap: 1 }),
        },
        {
          label: "below", scale: "share", stroke: colour("--plot-two"), width: 1.75, spanGaps: true,
          points: { show: false }, value: (u, v) => (v == null ? "" : v.toFixed(1) + " %"),
          paths: uPlot.paths.linear(),
        },
      ],
    }, [x, bars, line], figure.querySelector(".plot"));
  }

  // The first column is the time; the others are lines, each on the axis that its unit asks for.
  function lines(figure, columns, width) {
    const heads = [...figure.querySelectorAll("thead th")];
    const colours = ["--plot", "--plot-two", "--plot-three"];
    const units = [...new Set(heads.slice(1).map((head) => head.dataset.unit))];
    const sampled = heads[0].textContent.startsWith("at");  // moments; otherwise the begins of steps
    return new uPlot({
      width, height: figure.dataset.low ? 150 : 260,
      padding: [8, 0, 0, 0],
      cursor: { drag: { x: true, y: false } },
      scales: Object.fromEntries([["x", { time: false }]].concat(
        units.map((unit) => [unit, { range: (u, low, high) => [0, high * 1.08 || 1] }]))),
      axes: [axis({ label: "seconds", labelSize: 20, size: 34, space: 70 })].concat(
        units.slice(0, 2).map((unit, i) =>
          axis({ scale: unit, side: i === 0 ? 3 : 1, size: 64, label: unit, labelSize: 18, grid: i === 0 ? { stroke: colour("--grid") } : { show: false } }))),
      series: [{ label: "s", value: (u, v) => compact(v) }].concat(
        heads.slice(1).map((head, i) => ({
          label: head.textContent, scale: head.dataset.unit, width: 1.5,
          stroke: colour(colours[i % colours.length]), points: { show: false },
          dash: i > 0 && head.dataset.unit === heads[i].dataset.unit ? [4, 3] : undefined,
          value: (u, v) => compact(v), spanGaps: true,
          paths: sampled ? uPlot.paths.linear() : uPlot.paths.stepped({ align: 1 }),
        }))),
    }, columns, figure.querySelector(".plot"));
  }

  const plots = new Map();
  function draw(figure) {
    const old = plots.get(figure);
    const columns = columnsOf(figure);
    const holder = figure.querySelector(".plot");
    if (old) old.destroy();
    const width = Math.max(240, Math.floor(holder.clientWidth));
    if (columns[0].length > 0) {
      plots.set(figure, (figure.dataset.plot === "lines" ? lines : histogram)(figure, columns, width));
    }
  }
  const figures = () => [...document.querySelectorAll("figure[data-plot]")];
  const drawAll = () => figures().forEach(draw);

  // The table of all samples: sorted, searched, a page at a time.
  function sampleTable() {
    const data = document.getElementById("sample-data");
    const holder = document.getElementById("sample-table");
    if (!data || !holder) return;
    const { columns, rows, texts } = JSON.parse(data.textContent);
    const withText = new Set(texts);
    const pageSize = 50;
    const state = { column: 0, descending: false, page: 0, search: "" };
    const body = holder.querySelector("tbody");
    const heads = [...holder.querySelectorAll("thead th")];
    const said = document.getElementById("sample-count");
    const [previous, next] = document.querySelectorAll("#sample-pages button");
    let shown = rows;

    const compare = (a, b) => {
      const x = a[state.column], y = b[state.column];
      if (x == null || y == null) return (x == null) - (y == null);  // what is absent stands last
      const order = x < y ? -1 : x > y ? 1 : a[0] - b[0];
      return state.descending ? -order : order;
    };
    const matches = (row) =>
      row.some((value, i) => columns[i].text && String(value ?? "").toLowerCase().includes(state.search)) ||
      String(row[0]) === state.search;

    function show() {
      const last = Math.max(0, Math.ceil(shown.length / pageSize) - 1);
      state.page = Math.min(state.page, last);
      const begin = state.page * pageSize;
      body.replaceChildren(...shown.slice(begin, begin + pageSize).map(rowOf));
      previous.disabled = state.page === 0;
      next.disabled = state.page === last;
      said.textContent = shown.length === 0 ? "No sample fits." :
        `${(begin + 1).toLocaleString("en-US")} to ${Math.min(begin + pageSize, shown.length).toLocaleString("en-US")} of ${shown.length.toLocaleString("en-US")}`;
      heads.forEach((head, i) => {
        if (i === state.column) head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
    }
    function rowOf(row) {
      const tr = document.createElement("tr");
      row.forEach((value, i) => {
        const cell = document.createElement(i === 0 ? "th" : "td");
        if (i === 0) cell.scope = "row";
        if (!columns[i].text) cell.className = "n";
        const text = value == null ? "n/a" : columns[i].text ? value
          : value.toLocaleString("en-US", { minimumFractionDigits: columns[i].decimals, maximumFractionDigits: columns[i].decimals });
        if (i === 0 && withText.has(value)) {
          const link = document.createElement("a");
          link.href = "#sample-" + value;
          link.textContent = text;
          cell.append(link);
        } else {
          cell.textContent = text;
        }
        tr.append(cell);
      });
      return tr;
    }
    function arrange() {
      shown = (state.search ? rows.filter(matches) : rows.slice()).sort(compare);
      show();
    }
    heads.forEach((head, i) => head.querySelector("button").addEventListener("click", () => {
      state.descending = state.column === i ? !state.descending : false;
      state.column = i;
      state.page = 0;
      arrange();
    }));
    previous.addEventListener("click", () => { state.page -= 1; show(); });
    next.addEventListener("click", () => { state.page += 1; show(); });
    document.getElementById("sample-find").addEventListener("input", (event) => {
      state.search = event.target.value.trim().toLowerCase();
      state.page = 0;
      arrange();
    });
    holder.hidden = false;
    arrange();
  }

  // Searches the texts that are in the page.
  function textSearch() {
    const field = document.getElementById("text-find");
    if (!field) return;
    const samples = [...document.querySelectorAll("details.sample")];
    const said = document.getElementById("text-count");
    let waiting = 0;
    const search = () => {
      const words = field.value.trim().toLowerCase();
      let count = 0;
      for (const sample of samples) {
        const fits = words === "" || sample.textContent.toLowerCase().includes(words);
        sample.hidden = !fits;
        count += fits ? 1 : 0;
      }
      said.textContent = words === "" ? "" : `${count} of ${samples.length}`;
    };
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(search, 150);
    });
  }

  function openTarget() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target.hidden) target.hidden = false;
    if (target.tagName === "DETAILS") {
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    }
  }

  function markPart() {
    const links = new Map([...document.querySelectorAll("nav.toc a")].map((a) => [a.hash.slice(1), a]));
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id);
      const here = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        link.classList.toggle("here", id === here);
        if (id === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-10% 0px -60% 0px" });
    document.querySelectorAll("section.part").forEach((part) => observer.observe(part));
  }

  drawAll();
  sampleTable();
  textSearch();
  openTarget();
  markPart();
  window.addEventListener("hashchange", openTarget);
  let resizing = 0;
  window.addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(drawAll, 150);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  matchMedia("print").addEventListener("change", drawAll);
})();
