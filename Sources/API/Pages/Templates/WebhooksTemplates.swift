let webhookTemplates: [String: String] = [
    "webhooks": webhooksTemplate, "edit-webhook": editWebhookTemplate, "confirm-webhook": confirmWebhookTemplate,
    "test-webhook": testWebhookTemplate, "delete-webhook": deleteWebhookTemplate, "relay": relayTemplate,
    "option": #"<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{label}}</option>"#,
    "parts": "{{#parts}}<li><code>{{secret}}</code> {{place}}</li>{{/parts}}",
]

private let webhooksTemplate = #"""
    {{<layout}}{{$main}}
    <h1 class="team"><span>Team</span> {{team}}</h1>
    <section class="card" aria-labelledby="webhooks">
    <div class="head">
    <h2 id="webhooks">Webhooks</h2> <span class="count">{{count}}</span>
    {{#canWrite}}<a class="button primary" href="{{new}}">New webhook</a>{{/canWrite}}
    </div>
    <p class="lead">Configure webhooks to trigger requests to external applications based off certain actions in W&amp;B. W&amp;B delivers to the relay, and the relay puts the secrets in on their way to the webhook’s URL.</p>
    {{#isEmpty}}
    <div class="empty">{{>icon-hook}}
    <p><b>This team has no webhooks yet.</b></p>
    {{#canWrite}}<p>Create one here, then enter its relay URL in W&amp;B.</p>{{/canWrite}}
    {{^canWrite}}<p>An admin of the team creates them.</p>{{/canWrite}}
    </div>
    {{/isEmpty}}
    <ul class="rows">
    {{#rows}}
    <li>
    {{>icon-hook}}
    <div class="what">
    <p class="name"><code>{{name}}</code>{{#isConfirmed}}<span class="state good">Confirmed</span>{{/isConfirmed}}{{^isConfirmed}}<span class="state warn">Not confirmed</span>{{/isConfirmed}}</p>
    <p class="meta"><code>{{url}}</code></p>
    <p class="meta">Last updated: <time datetime="{{updated.machine}}" title="{{updated.exact}}">{{updated.text}}</time> by {{updatedBy}}</p>
    {{#cautions}}<p class="drift">{{>icon-warning}} <span>{{.}}</span></p>
    {{/cautions}}
    <ul class="uses" aria-label="Secrets of {{name}}">{{>parts}}</ul>
    <div class="links"><a class="button" href="{{path}}/relay" aria-label="Use {{name}} in W&amp;B">Use in W&amp;B</a>{{#canWrite}}<a class="button" href="{{path}}/test" aria-label="Test {{name}}">Test</a>{{/canWrite}}{{#canConfirm}}<a class="button primary" href="{{path}}/confirm" aria-label="Confirm {{name}}">Confirm</a>{{/canConfirm}}</div>
    </div>
    {{#canWrite}}
    <div class="tools">
    <a class="icon" href="{{path}}/edit" title="Edit" aria-label="Edit {{name}}">{{>icon-pencil}}</a>
    <a class="icon danger" href="{{path}}/delete" title="Delete" aria-label="Delete {{name}}">{{>icon-trash}}</a>
    </div>
    {{/canWrite}}
    </li>
    {{/rows}}
    </ul>
    </section>
    {{/main}}{{/layout}}
    """#

private let editWebhookTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow"><h1>{{heading}}</h1>
    <p class="lead">Webhooks created will be available within the team’s (<b>{{team}}</b>) scope.</p>
    {{^isNew}}<div class="notice warn">{{>icon-warning}}<p>{{#isConfirmed}}Saving disarms this webhook: it delivers nothing until an admin confirms it again.{{/isConfirmed}}{{^isConfirmed}}This webhook delivers nothing until an admin confirms it.{{/isConfirmed}}</p></div>{{/isNew}}
    {{#hasUnusable}}<div class="notice warn">{{>icon-warning}}<div><p><b>These cannot be used:</b></p><ul>{{#unusable}}<li><code>{{reference}}</code> {{why}}</li>{{/unusable}}</ul></div></div>{{/hasUnusable}}
    <form method="post" action="{{action}}" autocomplete="off">
    <input type="hidden" name="proof" value="{{proof}}">
    {{! Enter in a field presses the form's first button, which would be the one that proposes. }}
    <button class="hidden" tabindex="-1" aria-hidden="true">{{#isNew}}Create webhook{{/isNew}}{{^isNew}}Save webhook{{/isNew}}</button>
    {{#form}}
    <input type="hidden" name="revision" value="{{revision}}">
    {{#isNew}}
    <div class="field"><label for="name">Name</label>
    <input id="name" name="name" value="{{name}}" required autofocus maxlength="64" pattern="[a-z0-9][a-z0-9._\-]*" title="Letters a to z, digits, dot, underscore and hyphen" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="name-hint">
    <p class="hint" id="name-hint">Letters a to z, digits, dot, underscore and hyphen.</p></div>
    {{/isNew}}
    <div class="field"><label for="url">URL</label>
    <input id="url" name="url" type="text" inputmode="url" value="{{url}}" required maxlength="2048" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="url-hint">
    <p class="hint" id="url-hint">Begins with https://. A URL never holds a secret.</p></div>
    <div class="field"><label for="access-token">Access token</label>
    <select id="access-token" name="access-token" aria-describedby="access-token-hint">{{#accessTokens}}{{>option}}{{/accessTokens}}</select>
    <p class="hint" id="access-token-hint">Goes into <code>Authorization: Bearer</code>.</p></div>
    <div class="field"><label for="signing-secret">Secret</label>
    <select id="signing-secret" name="signing-secret" aria-describedby="signing-secret-hint">{{#signingSecrets}}{{>option}}{{/signingSecrets}}</select>
    <p class="hint" id="signing-secret-hint">Signs each delivery, in <code>X-Wandb-Signature</code>.</p></div>
    <div class="field"><label for="payload-secrets">Secrets in the payload</label>
    <textarea id="payload-secrets" name="payload-secrets" class="lines" rows="3" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="payload-secrets-hint">
    {{payloadSecrets}}</textarea>
    <p class="hint" id="payload-secrets-hint">One a line: the secret’s name, and the JSON pointer of the text that holds it, such as <code>TOKEN /client_payload/token</code>.</p></div>
    <div class="field"><label for="payload">Payload from W&amp;B</label>
    <textarea id="payload" name="payload" class="lines" rows="4" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="payload-hint"></textarea>
    <p class="hint" id="payload-hint">Paste the automation’s payload: the pointers of the secrets in it are proposed above. The payload is not kept.</p></div>
    <div class="links"><button name="do" value="propose" formnovalidate>Propose the pointers</button></div>
    <details{{#isDetailed}} open{{/isDetailed}}><summary>More settings</summary>
    <div class="field"><label for="headers">Headers</label>
    <textarea id="headers" name="headers" class="lines" rows="3" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="headers-hint">
    {{headers}}</textarea>
    <p class="hint" id="headers-hint">One a line, as <code>Name: value</code>. A value may hold a secret as <code>${NAME}</code>.</p></div>
    <div class="field"><label for="signature-encoding">Encoding of the signature</label>
    <select id="signature-encoding" name="signature-encoding">{{#encodings}}{{>option}}{{/encodings}}</select></div>
    <div class="field"><label for="verify-with">Verify W&amp;B’s signature with</label>
    <select id="verify-with" name="verify-with">{{#verifiers}}{{>option}}{{/verifiers}}</select></div>
    <div class="field"><label for="answer">What W&amp;B is told of the answer</label>
    <select id="answer" name="answer">{{#answers}}{{>option}}{{/answers}}</select></div>
    </details>
    {{/form}}
    {{#canConfirm}}<label class="check"><input type="checkbox" name="confirm" value="yes" autocomplete="off"> Confirm it at once: the secrets may go to this URL</label>{{/canConfirm}}
    <div class="actions"><a class="button" href="{{back}}">Cancel</a><button class="primary">{{#isNew}}Create webhook{{/isNew}}{{^isNew}}Save webhook{{/isNew}}</button></div>
    </form>
    </section>
    {{/main}}{{/layout}}
    """#

private let confirmWebhookTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">{{#webhook}}<h1>Confirm <code>{{name}}</code></h1>
    <p class="lead">A webhook of the team <b>{{team}}</b>. Once it is confirmed, what W&amp;B sends to its relay goes here:</p>
    <p class="answer">{{url}}</p>
    <ul class="facts-list" aria-label="Secrets">{{>parts}}</ul>
    {{^parts}}<p class="hint">It names no secret.</p>{{/parts}}
    {{/webhook}}
    {{#cautions}}<div class="notice warn">{{>icon-warning}}<p>{{.}}</p></div>
    {{/cautions}}
    <h2>Headers</h2>
    <ul class="facts-list" aria-label="Headers">{{#headers}}<li><code>{{.}}</code></li>{{/headers}}</ul>
    {{^headers}}<p class="hint">It has none of its own.</p>{{/headers}}
    {{#terms}}<p class="hint">{{.}}</p>
    {{/terms}}
    {{#webhook}}
    {{#isConfirmed}}<p class="hint">It is confirmed already.</p>{{/isConfirmed}}
    <form method="post" action="{{action}}">
    <input type="hidden" name="proof" value="{{proof}}">
    <input type="hidden" name="url" value="{{url}}">
    <input type="hidden" name="revision" value="{{revision}}">
    <div class="actions"><a class="button" href="{{back}}">{{#isConfirmed}}Back{{/isConfirmed}}{{^isConfirmed}}Cancel{{/isConfirmed}}</a>{{^isConfirmed}}<button class="primary">Confirm webhook</button>{{/isConfirmed}}</div>
    </form>{{/webhook}}</section>
    {{/main}}{{/layout}}
    """#

private let testWebhookTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow"><h1>Test webhook <code>{{webhook.name}}</code></h1>
    <p class="lead">This will send a POST request and show the server’s response. The secrets go with it.</p>
    {{#answer}}
    <h2>HTTP response received</h2>
    <p>Status <b>{{status}}</b></p>
    {{#text}}<pre class="answer" tabindex="0" role="region" aria-label="The answer’s body">{{text}}</pre>{{/text}}{{^text}}<p class="hint">{{remark}}</p>{{/text}}
    {{/answer}}
    {{#webhook}}
    {{^isConfirmed}}<div class="notice warn">{{>icon-warning}}<p>An admin must confirm this webhook before it can be tested.</p></div>
    <div class="actions"><a class="button" href="{{back}}">Back</a></div>{{/isConfirmed}}
    {{#isConfirmed}}
    <form method="post" action="{{action}}" autocomplete="off">
    <input type="hidden" name="proof" value="{{proof}}">
    <div class="field"><label for="payload">Test with a payload</label>
    <textarea id="payload" name="payload" class="lines" rows="6" autocomplete="off" autocapitalize="off" spellcheck="false" aria-describedby="payload-hint"></textarea>
    <p class="hint" id="payload-hint">Empty: a sample with W&amp;B’s variables. A test payload is not saved.</p></div>
    <div class="actions"><a class="button" href="{{back}}">Done</a><button class="primary">Test webhook</button></div>
    </form>
    {{/isConfirmed}}
    {{/webhook}}</section>
    {{/main}}{{/layout}}
    """#

private let deleteWebhookTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow">{{#webhook}}<h1>Delete <code>{{name}}</code>?</h1>
    <p class="lead">A webhook of the team <b>{{team}}</b>.</p>
    <form method="post" action="{{action}}">
    <input type="hidden" name="proof" value="{{proof}}">
    <input type="hidden" name="revision" value="{{revision}}">
    <p>It is deleted immediately and permanently, and its relay tokens end. Automations that deliver to it fail from then on. The secrets that it names stay.</p>
    <div class="actions"><a class="button" href="{{back}}">Cancel</a><button class="danger">Delete</button></div>
    </form>{{/webhook}}</section>
    {{/main}}{{/layout}}
    """#

private let relayTemplate = #"""
    {{<layout}}{{$main}}
    <section class="card narrow"><h1>Use <code>{{webhook.name}}</code> in W&amp;B</h1>
    <p class="lead">In W&amp;B, create a webhook with this URL, and a relay token as its access token.</p>
    {{^webhook.isConfirmed}}<div class="notice warn">{{>icon-warning}}<p>It delivers nothing until an admin confirms it.</p></div>{{/webhook.isConfirmed}}
    <h2>URL</h2>
    <div class="copied"><code id="relay-url" data-what="the relay’s URL">{{relayURL}}</code><button class="icon scripted-only" type="button" data-copy-from="relay-url" title="Copy the URL" aria-label="Copy the relay’s URL">{{>icon-copy}}</button></div>
    {{^isWhole}}<p class="hint">Put the address in front of it under which W&amp;B reaches this broker. Where <code>SECRET_BROKER_URL</code> is set, it is there already.</p>{{/isWhole}}
    <h2>Access token</h2>
    {{#hasToken}}
    <div class="copied"><code id="relay-token" data-what="the relay token">{{marker}}</code><button class="icon scripted-only" type="button" data-copy-from="relay-token" title="Copy the token" aria-label="Copy the relay token">{{>icon-copy}}</button></div>
    <p class="hint">In W&amp;B, save it as a team secret and select that as the webhook’s access token. It delivers to this webhook and can do nothing else. Nobody can show it again.</p>
    {{/hasToken}}
    {{^hasToken}}
    {{#canMint}}
    <form method="post" action="{{webhook.action}}" autocomplete="off">
    <input type="hidden" name="proof" value="{{webhook.proof}}">
    <div class="field"><label for="name">Name of the token in the activity</label>
    <input id="name" name="name" value="{{tokenName}}" required maxlength="128" autocomplete="off" autocapitalize="off" spellcheck="false"></div>
    <div class="actions"><a class="button" href="{{webhook.back}}">Back</a><button class="primary">New relay token</button></div>
    </form>
    {{/canMint}}
    {{^canMint}}<p class="hint">An admin of the team makes it here.</p>{{/canMint}}
    {{/hasToken}}
    </section>
    {{/main}}{{/layout}}
    """#
