let stylesheetText = #"""
    :root {
      color-scheme: light dark;
      --page: #f6f7f8; --card: #fff; --ink: #1b2126; --soft: #57616b; --line: #dfe3e7; --field: #868f98;
      --accent: #0b6b75; --accent-ink: #fff; --accent-soft: #e5f3f4;
      --bad: #b3261e; --bad-soft: #fdeceb; --warn: #7a4b00; --warn-soft: #fff5dc; --warn-line: #ebcf8e;
      --good: #1b6e3c; --good-soft: #e8f5ec; --bar: #0b8693; --day: #eef1f3;
      --shadow: 0 1px 2px rgb(20 30 40 / .06);
      --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14181b; --card: #1c2125; --ink: #e8ecef; --soft: #a3adb6; --line: #323a41; --field: #78838d;
        --accent: #5fc9d4; --accent-ink: #06262a; --accent-soft: #17353a;
        --bad: #ff9a92; --bad-soft: #3b1d1c; --warn: #f5cf83; --warn-soft: #33290f; --warn-line: #5d4b1d;
        --good: #86d6a3; --good-soft: #16301f; --bar: #3fb3bf; --day: #252b30;
        --shadow: none;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
    }
    h1, h2, p, ul, ol { margin: 0; }
    h1, h2 { line-height: 1.25; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; }
    h1 { font-size: 1.5rem; }
    h2 { font-size: 1.2rem; }
    ul, ol { padding: 0; list-style: none; }
    code { font-family: var(--mono); font-size: .92em; overflow-wrap: anywhere; }
    a { color: var(--accent); }
    .glyph { flex: none; display: block; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    [hidden], html:not(.scripted) .scripted-only { display: none !important; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
    .skip { position: absolute; left: -100vw; top: .5rem; z-index: 2; background: var(--card); padding: .6rem 1rem; }
    .skip:focus { left: .5rem; }

    .top {
      display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.5rem; padding: .25rem max(1rem, 50vw - 27rem);
      background: var(--card); border-bottom: 1px solid var(--line);
    }
    .brand {
      display: flex; align-items: center; gap: .5rem; min-height: 44px; color: inherit; font-weight: 650;
      text-decoration: none;
    }
    .brand .glyph { color: var(--accent); }
    .top nav { display: flex; flex-wrap: wrap; gap: .25rem; }
    .top nav a {
      display: flex; align-items: center; min-height: 44px; padding: 0 .75rem; color: var(--soft);
      text-decoration: none; border-bottom: 2px solid transparent; border-top: 2px solid transparent;
    }
    .top nav a:hover { color: var(--ink); }
    .top nav a[aria-current] { color: var(--ink); font-weight: 600; border-bottom-color: var(--accent); }
    .who { display: flex; align-items: center; gap: .75rem; margin-left: auto; }
    .person { overflow-wrap: anywhere; }
    .role { color: var(--soft); font-size: .875rem; }

    main { max-width: 56rem; margin: 0 auto; padding: 1.75rem 1rem 4rem; display: grid; gap: 1.25rem; }
    main > * { min-width: 0; }
    .team span { color: var(--soft); font-weight: 400; }
    .card {
      background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem;
      box-shadow: var(--shadow);
    }
    .narrow { width: 100%; max-width: 32rem; margin: 0 auto; }
    .head { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; }
    .head .button { margin-left: auto; }
    .count { color: var(--soft); font-size: .875rem; }
    .lead { color: var(--soft); margin-top: .5rem; max-width: 44rem; }
    .meta { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
    .facts { display: flex; flex-wrap: wrap; gap: .1rem .6rem; align-items: center; }
    .events .meta span { margin-left: .5rem; }
    .request, .by { font-family: var(--mono); font-size: .8125rem; }
    .events .meta .by { margin: 0 .5rem 0 0; }
    .hint { color: var(--soft); font-size: .875rem; margin-top: .35rem; }
    .caution, .drift { color: var(--warn); }

    button, .button {
      display: inline-flex; align-items: center; justify-content: center; min-height: 44px; padding: .5rem 1.1rem;
      font: inherit; font-weight: 600; color: var(--ink); text-decoration: none; cursor: pointer;
      background: var(--card); border: 1px solid var(--field); border-radius: 8px;
    }
    button:hover, .button:hover { background: var(--day); }
    .primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
    .primary:hover { background: var(--accent); filter: brightness(1.08); }
    button.danger { background: var(--bad); border-color: var(--bad); color: var(--card); }
    button.danger:hover { background: var(--bad); filter: brightness(1.08); }
    .quiet { border-color: transparent; background: transparent; color: var(--soft); font-weight: 500; padding: .5rem .75rem; }
    .icon {
      display: inline-flex; align-items: center; justify-content: center; width: 44px; height: 44px; min-height: 44px;
      padding: 0; color: var(--soft); background: transparent; border: 1px solid transparent; border-radius: 8px;
    }
    .icon:hover { background: var(--day); color: var(--ink); }
    .icon.danger:hover { color: var(--bad); background: var(--bad-soft); }
    .icon.small .glyph { width: 16px; height: 16px; }
    .icon.done { color: var(--good); }
    [aria-busy] button { opacity: .6; cursor: progress; }

    .rows { margin-top: 1.25rem; }
    .rows > li { display: flex; gap: .9rem; padding: 1rem 0; border-top: 1px solid var(--line); }
    .rows > li:last-child { padding-bottom: 0; }
    .rows > li > .glyph { margin-top: .15rem; color: var(--accent); }
    .rows.plain > li { padding: 0; }
    .rows .whole { flex: 1; display: flex; align-items: center; min-height: 48px; font-weight: 600; text-decoration: none; }
    .rows .whole:hover { text-decoration: underline; }
    .what { flex: 1; min-width: 0; }
    .name { display: flex; align-items: center; gap: .15rem; font-weight: 600; }
    .name .icon { margin: -10px 0; }
    .store { white-space: nowrap; padding: .05rem .5rem; background: var(--day); border-radius: 99px; font-size: .8125rem; }
    .uses { margin-top: .15rem; font-size: .875rem; color: var(--soft); }
    .uses b { color: var(--ink); font-weight: 600; overflow-wrap: anywhere; }
    .tools { display: flex; gap: .15rem; margin: -.35rem -.5rem 0 0; }
    .state { padding: .05rem .55rem; border-radius: 99px; font-size: .8125rem; font-weight: 500; white-space: nowrap; }
    .name:has(.state) { flex-wrap: wrap; gap: .15rem .5rem; }
    .links { display: flex; flex-wrap: wrap; gap: .25rem .5rem; margin-top: .6rem; }
    .facts-list { margin-top: 1rem; display: grid; gap: .35rem; }
    .facts-list code { font-weight: 600; }
    .copied { display: flex; margin-top: .5rem; align-items: center; gap: .25rem; padding: .1rem .1rem .1rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--day); min-height: 48px; }
    .copied code { flex: 1; }
    .answer { margin: .6rem 0 0; padding: .75rem; max-height: 20rem; overflow: auto; background: var(--day); border-radius: 8px; font: .875rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
    .lines { font-family: var(--mono); font-size: .875rem; min-height: 5rem; }
    .card > h2:not(:first-child), .card > .notice { margin-top: 1.5rem; }
    .empty { margin-top: 1.25rem; padding: 2rem 1rem; text-align: center; border: 1px dashed var(--line); border-radius: 10px; display: grid; gap: .6rem; justify-items: center; }
    .empty > .glyph { width: 32px; height: 32px; color: var(--accent); }
    .empty p { max-width: 34rem; }
    .empty p + p { color: var(--soft); }

    .notice {
      display: flex; gap: .7rem; padding: .8rem 1rem; border-radius: 10px; border: 1px solid var(--line);
      background: var(--card);
    }
    .notice p { overflow-wrap: anywhere; }
    .notice .glyph { margin-top: .12rem; }
    .good { background: var(--good-soft); border-color: transparent; color: var(--good); }
    .bad { background: var(--bad-soft); border-color: transparent; color: var(--bad); }
    .calm { background: var(--accent-soft); border-color: transparent; }
    .warn { background: var(--warn-soft); border-color: var(--warn-line); color: var(--warn); }
    .where { white-space: normal; }
    .narrow > .notice, .narrow > p { margin-top: 1rem; }
    .notice ul { list-style: disc; padding-left: 1.2rem; }

    form { display: block; }
    .field { margin-top: 1.1rem; }
    .field > label:not(.check) { display: block; font-weight: 600; margin-bottom: .3rem; }
    input:not([type=checkbox]), textarea, select {
      width: 100%; min-height: 44px; padding: .55rem .75rem; font: inherit; color: inherit; background: var(--card);
      border: 1px solid var(--field); border-radius: 8px;
    }
    input[name=name], input[name=secret], input[name=team], input[name=url], .value { font-family: var(--mono); }
    textarea { display: block; min-height: 6.5rem; resize: vertical; }
    .field:has(.reveal:not(:checked)) .value { -webkit-text-security: disc; }
    .check { display: inline-flex; align-items: center; gap: .6rem; min-height: 44px; cursor: pointer; }
    .check input { width: 20px; height: 20px; margin: 0; accent-color: var(--accent); }
    .actions { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: .6rem; margin-top: 1.5rem; }
    form > p, form > .notice { margin-top: 1rem; }
    .filters { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin-top: 1.25rem; }
    .filters .field { flex: 1 1 10rem; margin: 0; }
    .filters .field > label { font-size: .875rem; }

    dialog {
      width: min(32rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); padding: 1.5rem; color: inherit;
      background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 20px 60px rgb(0 0 0 / .3);
    }
    dialog::backdrop { background: rgb(10 16 20 / .55); }

    .chart { margin-top: 1.25rem; }
    .chart svg { display: block; width: 100%; height: 110px; border-bottom: 1px solid var(--line); }
    .chart .day { fill: var(--day); }
    .chart .bar { fill: var(--bar); }
    .chart g:hover .day { fill: var(--line); }
    .axis { display: flex; justify-content: space-between; font-size: .8125rem; color: var(--soft); margin-top: .3rem; }
    summary { display: inline-flex; align-items: center; min-height: 44px; color: var(--accent); cursor: pointer; font-size: .875rem; }
    summary::before { content: "▸"; margin-right: .4rem; }
    [open] > summary::before { content: "▾"; }
    table { border-collapse: collapse; font-size: .875rem; }
    th, td { text-align: left; padding: .35rem 2rem .35rem 0; border-bottom: 1px solid var(--line); }
    .events { margin-top: 1.25rem; }
    .events li { padding: .8rem 0 .8rem 1rem; border-top: 1px solid var(--line); border-left: 0; position: relative; overflow-wrap: anywhere; }
    .events li::before { content: ""; position: absolute; left: 0; top: 1.3rem; width: 7px; height: 7px; border-radius: 50%; background: var(--bar); }
    .events .failed::before { background: var(--bad); }
    .outcome { display: inline-block; padding: 0 .5rem; border-radius: 99px; background: var(--day); color: var(--soft); font-size: .8125rem; }
    .failed .outcome { background: var(--bad-soft); color: var(--bad); }

    @media (max-width: 36rem) {
      main { padding: 1.25rem .75rem 3rem; gap: 1rem; }
      .card { padding: 1.1rem 1rem; }
      .top { padding: .25rem .75rem 0; gap: 0 .5rem; }
      .top nav { order: 1; flex-basis: 100%; }
      .top nav a { flex: 1 0 auto; justify-content: center; padding: 0 .25rem; font-size: .875rem; white-space: nowrap; }
      .who { gap: .25rem; min-width: 0; }
      .who .quiet { padding: .5rem .25rem; }
      .person { max-width: 8rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .person .role { display: none; }
      .request { display: none; }
      .head .button { margin-left: 0; flex-basis: 100%; }
      .rows > li { position: relative; gap: .7rem; }
      .rows > li:has(.tools) .name { padding-right: 5.25rem; min-height: 1.75rem; }
      .tools { position: absolute; top: .7rem; right: -.4rem; margin: 0; gap: 0; }
      .filters > button, .filters > a { flex: 1; }
      .actions > * { flex: 1 1 auto; white-space: nowrap; }
      .events li { padding-left: .9rem; }
    }
    @media (max-width: 22rem) { .name .icon { display: none; } }
    @media (forced-colors: active) { .chart .bar { fill: CanvasText; } .chart .day { fill: none; } }
    @media (prefers-reduced-motion: no-preference) { dialog[open] { animation: rise .14s ease-out; } }
    @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
    """#
