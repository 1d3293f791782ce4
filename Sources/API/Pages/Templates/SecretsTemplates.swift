let secretsTemplate = #"""
    {{<layout}}{{$main}}
    <h1 class="team"><span>Team</span> {{team}}</h1>
    {{#cautions}}
    <aside class="notice warn" aria-label="Warning">{{>icon-warning}}<p>{{sentence}} <span class="where">See <code>{{docs}}</code>.</span></p></aside>
    {{/cautions}}
    <section class="card" aria-labelledby="secrets">
    <div class="head">
    <h2 id="secrets">Team secrets</h2> <span class="count">{{count}}</span>
    {{#canWrite}}<a class="button primary" href="{{add.action}}" data-dialog="add">New secret</a>{{/canWrite}}
    </div>
    <p class="lead">Secrets are team-level variables that let you obfuscate private strings such as credentials, API keys, passwords, tokens, etc. The values are in your own secret manager; nobody can reveal them here.</p>
    {{#isEmpty}}
    <div class="empty">{{>icon-key}}
    <p><b>This team has no secrets yet.</b></p>
    {{#canWrite}}<p>Add the first one, then write <code>${SECRET_NAME}</code> in a webhook’s payload or an automation’s template: the value takes its place when it is sent.</p>{{/canWrite}}
    {{^canWrite}}<p>An admin of the team adds them. You can then use each by its name, as <code>${SECRET_NAME}</code>.</p>{{/canWrite}}
    </div>
    {{/isEmpty}}
    <ul class="rows">
    {{#rows}}
    <li>
    {{>icon-key}}
    <div class="what">
    <p class="name"><code>{{name}}</code><button class="icon small scripted-only" type="button" data-copy="{{reference}}" title="Copy the reference" aria-label="Copy the reference to {{name}}">{{>icon-copy}}</button></p>
    <p class="meta facts"><span>Last updated: <time datetime="{{updated.machine}}" title="{{updated.exact}}">{{updated.text}}</time> by {{updatedBy}}</span> <span class="store">{{provider}} <span aria-hidden="true">·</span> {{store}}</span></p>
    {{#adoptedFrom}}<p class="meta">Adopted from <code>{{adoptedFrom}}</code></p>{{/adoptedFrom}}
    {{#drift}}<p class="drift">{{>icon-warning}} <span>{{drift}}</span></p>{{/drift}}
    {{#isUsed}}<ul class="uses" aria-label="Used by">{{>uses}}</ul>{{/isUsed}}
    {{^isUsed}}<p class="meta">Not used in the last 30 days</p>{{/isUsed}}
    </div>
    {{#canWrite}}
    <div class="tools">
    <a class="icon" href="{{path}}/rotate" data-dialog="rotate" data-name="{{name}}" data-version="{{version}}" title="Rotate" aria-label="Rotate {{name}}">{{>icon-pencil}}</a>
    <a class="icon danger" href="{{path}}/delete" data-dialog="delete" data-name="{{name}}" data-version="{{version}}" title="Delete" aria-label="Delete {{name}}">{{>icon-trash}}</a>
    </div>
    {{/canWrite}}
    </li>
    {{/rows}}
    </ul>
    </section>
    {{#canWrite}}
    <dialog id="add" aria-labelledby="add-title">{{#add}}<h2 id="add-title">Create a new secret</h2>{{>add-form}}{{/add}}</dialog>
    <dialog id="rotate" aria-labelledby="rotate-title">{{#rotate}}<h2 id="rotate-title">Rotate <code data-fill="name"></code></h2>{{>rotate-form}}{{/rotate}}</dialog>
    <dialog id="delete" aria-labelledby="delete-title">{{#delete}}<h2 id="delete-title">Delete <code data-fill="name"></code>?</h2>{{>delete-form}}{{/delete}}</dialog>
    {{/canWrite}}
    {{/main}}{{/layout}}
    """#

let addTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">{{#add}}<h1>Create a new secret</h1>
    <p class="lead">For the team <b>{{team}}</b>.</p>
    {{>add-form}}{{/add}}</section>
    {{/main}}{{/layout}}
    """#

let rotateTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">{{#rotate}}<h1>Rotate <code>{{name}}</code></h1>
    <p class="lead">A secret of the team <b>{{team}}</b>.</p>
    {{>rotate-form}}{{/rotate}}</section>
    {{/main}}{{/layout}}
    """#

let deleteTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">{{#delete}}<h1>Delete <code>{{name}}</code>?</h1>
    <p class="lead">A secret of the team <b>{{team}}</b>.</p>
    {{>delete-form}}{{/delete}}</section>
    {{/main}}{{/layout}}
    """#

let addFormTemplate = #"""
    <form method="post" action="{{action}}" autocomplete="off">
    <input type="hidden" name="proof" value="{{proof}}">
    <div class="field">
    <label for="add-name">Secret name</label>
    <input id="add-name" name="name" value="{{name}}" required autofocus maxlength="128" pattern="[A-Za-z0-9_]+" title="Letters, numbers and underscores" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="add-name-hint">
    <p class="hint" id="add-name-hint">Letters, numbers, and underscores.</p>
    </div>
    {{>value-field}}
    <div class="actions"><a class="button" href="{{back}}" data-close>Cancel</a><button class="primary">Add secret</button></div>
    </form>
    """#

let rotateFormTemplate = #"""
    <form method="post" action="{{action}}" autocomplete="off">
    <input type="hidden" name="proof" value="{{proof}}">
    <input type="hidden" name="version" value="{{version}}">
    {{>value-field}}
    <p class="hint">Once this is saved, the previous value no longer resolves.</p>
    <div class="actions"><a class="button" href="{{back}}" data-close>Cancel</a><button class="primary">Rotate secret</button></div>
    </form>
    """#

let deleteFormTemplate = #"""
    <form method="post" action="{{action}}">
    <input type="hidden" name="proof" value="{{proof}}">
    <input type="hidden" name="version" value="{{version}}">
    <input type="hidden" name="in-use" value="{{#isUsed}}told{{/isUsed}}">
    <p>It is deleted immediately and permanently. Whatever uses it fails from then on.</p>
    <div class="notice warn" data-fill="uses"{{^isUsed}} hidden{{/isUsed}}>{{>icon-warning}}<div><p><b>It is in use.</b> Change these first:</p><ul>{{>uses}}</ul></div></div>
    <div class="actions"><a class="button" href="{{back}}" data-close>Cancel</a><button class="danger">{{#isUsed}}Delete anyway{{/isUsed}}{{^isUsed}}Delete{{/isUsed}}</button></div>
    </form>
    """#

let usesTemplate = #"""
    {{#uses}}<li>{{#isWebhook}}The webhook <b>{{user}}</b> names it{{/isWebhook}}{{^isWebhook}}<b>{{user}}</b> used it <time datetime="{{last.machine}}" title="{{last.exact}}">{{last.text}}</time>{{/isWebhook}}</li>{{/uses}}
    """#

let valueFieldTemplate = #"""
    <div class="field">
    <label for="{{id}}-value">Secret</label>
    <textarea id="{{id}}-value" name="value" class="value" rows="4" required autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" aria-describedby="{{id}}-value-hint"></textarea>
    <label class="check"><input type="checkbox" class="reveal" autocomplete="off"> Reveal secret</label>
    <p class="hint" id="{{id}}-value-hint">After it is saved nobody can reveal it.</p>
    <p class="hint caution" role="status" data-trailing hidden>The secret ends with a line break, which is kept.</p>
    </div>
    """#
