let activityTemplate = #"""
    {{<layout}}{{$main}}
    {{#team}}<h1 class="team"><span>Team</span> {{team}}</h1>{{/team}}{{^team}}<h1 class="team">All teams</h1>{{/team}}
    <section class="card" aria-labelledby="uses">
    {{#chart}}
    <div class="head"><h2 id="uses">Uses per day</h2> <span class="count">{{total}} in 30 days{{^isEmpty}}, at most {{most}} a day{{/isEmpty}}</span></div>
    {{#isEmpty}}<p class="lead">No value has left the broker in the last 30 days. A use appears here when an automation resolves a secret.</p>{{/isEmpty}}
    {{^isEmpty}}
    <div class="chart">
    <svg viewBox="0 0 {{width}} 100" preserveAspectRatio="none" role="img" aria-label="Bars: {{total}} from {{first}} to {{last}}, at most {{most}} a day. The table below has the numbers.">
    {{#bars}}<g><title>{{date}}: {{count}}</title><rect class="day" x="{{x}}" y="0" width="14" height="100"/><rect class="bar" x="{{x}}" y="{{y}}" width="14" height="{{height}}"/></g>{{/bars}}
    </svg>
    <p class="axis" aria-hidden="true"><span>{{first}}</span><span>{{last}}</span></p>
    </div>
    <details><summary>The numbers as a table</summary>
    <table><caption class="hidden">Uses per day</caption><thead><tr><th scope="col">Day (UTC)</th><th scope="col">Uses</th></tr></thead>
    <tbody>{{#table}}<tr><td>{{date}}</td><td>{{count}}</td></tr>{{/table}}</tbody></table></details>
    {{/isEmpty}}
    {{/chart}}
    </section>
    <section class="card" aria-labelledby="activity">
    <div class="head"><h2 id="activity">Activity</h2></div>
    <p class="lead">Every change and every use, from the audit log; a use is on record before its value leaves. The latest is first.</p>
    <form class="filters" method="get" action="{{action}}">
    <div class="field"><label for="kind">Show</label>
    <select id="kind" name="kind">{{#kinds}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{label}}</option>{{/kinds}}</select></div>
    <div class="field"><label for="secret">Secret</label>
    <input id="secret" name="secret" value="{{secret}}" maxlength="128" pattern="[A-Za-z0-9_]+" title="A secret’s name" autocomplete="off" autocapitalize="off" spellcheck="false"></div>
    <div class="field"><label for="who">Who</label>
    <input id="who" name="who" value="{{actor}}" maxlength="128" autocomplete="off" autocapitalize="off" spellcheck="false"></div>
    <button>Filter</button>{{#isFiltered}}<a class="button quiet" href="{{action}}">Clear</a>{{/isFiltered}}
    </form>
    {{#isEmpty}}<div class="empty"><p><b>{{#isFiltered}}Nothing here fits the filter.{{/isFiltered}}{{^isFiltered}}Nothing has happened yet.{{/isFiltered}}</b></p>
    <p>{{#older}}The log goes on before what was looked at.{{/older}}{{^older}}{{^isFiltered}}Adding a secret, using one and making a token are on record here.{{/isFiltered}}{{/older}}</p></div>{{/isEmpty}}
    <ol class="events">
    {{#lines}}
    <li{{#isFailure}} class="failed"{{/isFailure}}>
    <p><b>{{actor}}</b> {{did}} {{#subjects}}<code{{#version}} title="version {{version}}"{{/version}}>{{name}}</code>{{^last()}}, {{/last()}}{{/subjects}}{{#about}} {{about}}{{/about}}{{#inTeam}} in <b>{{inTeam}}</b>{{/inTeam}} {{#outcome}}<span class="outcome">{{outcome}}</span>{{/outcome}}</p>
    <p class="meta">{{#actorID}}<span class="by">{{actorID}}</span> {{/actorID}}<time datetime="{{at.machine}}" title="{{at.exact}}">{{at.text}}</time>{{#address}} <span>from {{address}}</span>{{/address}} <span class="request">{{requestID}}</span></p>
    </li>
    {{/lines}}
    </ol>
    {{#older}}<p class="actions"><a class="button" href="{{older}}">Older</a></p>{{/older}}
    </section>
    {{/main}}{{/layout}}
    """#
