let layoutTemplate = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <title>{{frame.title}} · SecretBroker</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    {{#frame.isAskedAgain}}<meta http-equiv="refresh" content="0">{{/frame.isAskedAgain}}
    <link rel="icon" href="{{frame.icon}}" type="image/svg+xml">
    <link rel="stylesheet" href="{{frame.stylesheet}}">
    <script src="{{frame.script}}" defer></script>
    </head>
    <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
    <a class="brand" href="/">{{>icon-brand}}<span>SecretBroker</span></a>
    {{#frame.visitor}}
    <nav aria-label="Pages">
    {{#links}}<a href="{{path}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}>{{label}}</a>{{/links}}
    </nav>
    <form class="who" method="post" action="/sign-out">
    <input type="hidden" name="proof" value="{{proof}}">
    <span class="person"><b>{{name}}</b> <span class="role">{{role}}</span></span>
    <button class="quiet">Sign out</button>
    </form>
    {{/frame.visitor}}
    </header>
    <main id="main">
    <div role="status" aria-live="polite" id="said" class="hidden"></div>
    {{#frame.notice}}
    <div class="notice {{#isGood}}good{{/isGood}}{{^isGood}}bad{{/isGood}}" role="{{#isGood}}status{{/isGood}}{{^isGood}}alert{{/isGood}}">
    {{#isGood}}{{>icon-done}}{{/isGood}}{{^isGood}}{{>icon-warning}}{{/isGood}}
    <p>{{#name}}<code>{{name}}</code> {{/name}}{{text}}</p>
    </div>
    {{/frame.notice}}
    {{$main}}{{/main}}
    </main>
    </body>
    </html>
    """#

let problemTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">
    <h1>{{heading}}</h1>
    <p>{{sentence}}</p>
    <p><a class="button" href="/">Back to the start</a></p>
    </section>
    {{/main}}{{/layout}}
    """#

let signInTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">
    <h1>Sign in</h1>
    {{#reason}}<p class="notice {{#isRefusal}}bad{{/isRefusal}}{{^isRefusal}}calm{{/isRefusal}}" role="{{#isRefusal}}alert{{/isRefusal}}{{^isRefusal}}status{{/isRefusal}}">{{reason}}</p>{{/reason}}
    <form method="post" action="/sign-in" autocomplete="off">
    <div class="field">
    <label for="token">Broker token</label>
    <input id="token" name="token" type="password" required autofocus autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="token-hint">
    <p class="hint" id="token-hint">It begins with <code>sbt_</code>. An operator makes one with <code>secret-broker token create</code>, or an admin through the API.</p>
    </div>
    <div class="actions"><button class="primary">Sign in</button></div>
    </form>
    </section>
    {{/main}}{{/layout}}
    """#

let teamsTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card">
    <div class="head"><h1>Teams</h1></div>
    <p class="lead">A team exists once it has a secret, a webhook or a token.</p>
    <form class="filters" method="get" action="/teams">
    <div class="field"><label for="team">Open a team by its name</label>
    <input id="team" name="team" required pattern="[a-z0-9][a-z0-9._\-]{0,63}" maxlength="64" autocomplete="off" autocapitalize="off" spellcheck="false" title="Letters a to z, digits, dot, underscore and hyphen"></div>
    <button>Open</button>
    </form>
    <ul class="rows plain">
    {{#teams}}<li><a class="whole" href="{{path}}">{{label}}</a></li>{{/teams}}
    </ul>
    {{^teams}}<div class="empty"><p><b>No team yet.</b></p><p>{{#isReadOnly}}Teams appear here with their first secret or token.{{/isReadOnly}}{{^isReadOnly}}Open one by its name in W&amp;B and add its first secret.{{/isReadOnly}}</p></div>{{/teams}}
    {{#isCut}}<p class="hint">There are more teams than are listed here: open yours by its name.</p>{{/isCut}}
    </section>
    {{/main}}{{/layout}}
    """#
