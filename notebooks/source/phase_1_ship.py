# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Phase 1: ship
#
# You can prompt a model in a notebook. Here you take one prompt and find out whether it deserves to meet customers.
#
# The case: **Quillmere Hosting**, a small web-hosting company. (It is fictional.) Every support ticket has to reach one of six teams, and until now a person read each one and decided. You want a model to do it.
#
# Plan four sittings. A line that says *Stop here if you like* ends the first three.
#
# | sitting | what you do | minutes |
# |---|---|---|
# | 1 | see a prototype succeed, then see it fail without a sound | 20 |
# | 2 | build an eval set of 50 tickets | 40 |
# | 3 | find out what your set would catch, and make it catch more | 35 |
# | 4 | put an honest number and a clear picture on the feature | 50 |
#
# Run the next cell first. It loads what the lesson needs and shows where this phase leads.

# %%
from evalfirst import plots
from evalfirst.datasets import dataset
from evalfirst.evals import run, scorers, summary_table
from evalfirst.widgets import label, phase_opening, phase_resources, spot_check
from evalfirst.workspace import Workspace
from graders.feedback import check, hint, solution
from graders.mutants import changes_seen
from graders.support_desk.tickets import CATEGORIES, annotators, gold, labelled_pool, pool
from graders.support_desk.triage import ARMS, Triage, few_shot_ids, keyword_baseline

here = Workspace.here()
tickets = pool()
phase_opening(1)

# %% [markdown]
# ## 1. Five tickets that look right
#
# Here is the prototype. One call to a model, behind a function that takes a ticket and returns a team. Try it on five tickets.

# %%
triage = Triage()

demo = tickets.where(["T006", "T018", "T035", "T147", "T396"])
for ticket in demo:
    print(f"{triage(ticket.input):>8}  <-  {ticket.text[:56]} ...")

# %% [markdown]
# Read them. Five of five are right. It looks ready to ship.
#
# **We chose those five.** We looked through many answers and kept five good ones. Nobody needs bad intentions for that: you try a few inputs, the embarrassing ones get deleted, and what is left becomes the demo.
#
# So take the choice out of it. The button draws five tickets at random. Read the answers, decide for yourself whether you would ship this, and only then ask which were right. Do it three or four times.

# %% jupyter={"source_hidden": true}
answers = {ticket.id: gold()[ticket.id].category for ticket in tickets}
spot_check(triage, tickets, answers)

# %% [markdown]
# Your draws disagree with each other, and that is the lesson. Five answers say almost nothing about the sixth. The picture shows how often *all five* are right for a feature that is right 65% of the time, and for one that is right 90% of the time.

# %% jupyter={"source_hidden": true}
plots.all_right((0.65, 0.90), k=5)

# %% [markdown]
# A feature that gets every third ticket wrong still passes this demo about once in nine tries. A feature that is right nine times in ten fails it four times in ten. Looking at a few answers cannot tell the two apart.
#
# People who work this way have a name for it: *vibes*. It is where most careers in this field stall, because it feels like testing.

# %% [markdown]
# ## 2. Nothing raised an error
#
# Suppose you shipped it on Monday. By Friday it has sorted 200 tickets. Watch the week go by: the feature answers, and we compare each answer with what a careful person would have said.

# %%
in_the_prompt = few_shot_ids()
everything = labelled_pool(without=in_the_prompt)
week = everything[:200]

silent = run(triage, week, [scorers.label(CATEGORIES)])
silent

# %%
plots.outcome_grid(silent)

# %% [markdown]
# No exception, no timeout, no red line in a log. Every dashboard that an ordinary service has is green: the calls succeeded, they were quick, and each returned a valid team name. Every cross is a customer whose ticket lies on the wrong desk.
#
# Look at some of the crosses. Nothing about a wrong answer shows that it is wrong.

# %%
frame = silent.frame()
wrong = frame.loc[~frame["correct"], ["output", "target", "input"]].head(8)
wrong.columns = ["the model says", "right team", "ticket"]
left = [{"selector": "th, td", "props": "text-align: left; vertical-align: top"}]
wrong.style.hide().format({"ticket": "{:.110} ..."}).set_table_styles(left)

# %% [markdown]
# One more question before you build anything: **is the model worth its cost at all?** A colleague spent an afternoon on a baseline that counts keywords. It needs no model, no key and no budget. The table sets it beside the three prompts that we tried. (Section 5 explains the interval.)

# %%
contenders = {"Keywords, no model": keyword_baseline}
contenders |= {arm.prompt.title: Triage(name) for name, arm in ARMS.items()}

runs = {}
for name, feature in contenders.items():
    runs[name] = run(feature, week, [scorers.label(CATEGORIES)])
summary_table(runs)

# %% [markdown]
# Read the table from the bottom. Guessing among six teams would get one ticket in six right. The two prompts that most teams try first, rules with a schema ("zero-shot") and then the same with six examples, hardly do better. The first sends three tickets in four to *billing*. The second sends nearly nine in ten to *other*. Both do so in flawless JSON. The examples that "always help" did not.
#
# The prompt that you just watched is of another kind. It begins the answer for the model ("This message is about") and takes the team whose words the model finds likeliest to come next. It gets more than twice as many right, and **it still loses to the keyword counter.**
#
# That is a finding, not an embarrassment. For this model the honest advice is: ship the keywords, keep the eval set, and run it again on the day somebody offers you a better model. A bigger model may well win here. Nobody knows until it has sorted the same tickets. (The course keeps the small model on purpose: you need failures to learn on, and these are real.)
#
# You know all this for one reason only: somebody had written down the right answer for each of those tickets. Inputs, with the answer that a good feature gives: that is an **eval set**. Without one you own a demo. With one you can say how good the feature is today, and notice when it is worse tomorrow.
#
# This time we wrote the answers down for you. From here on it is your job.
#
# ---
# *Stop here if you like. The next sitting takes about 40 minutes.*

# %% [markdown]
# ## 3. Build your eval set
#
# Before you label anything, look at what happens when people do. Three annotators labelled 63 borderline tickets without talking to each other. (They are simulated. The disagreements are the kind that real teams have.) Each bar counts the tickets to which they gave these labels.

# %% jupyter={"source_hidden": true}
plots.annotator_agreement(annotators(), source="simulated annotators")

# %% [markdown]
# "My site is down because you took my money twice": is that the website team or billing? Sensible people give different answers. If labellers disagree, your eval set measures who labelled it, not how good the feature is.
#
# A **labelling guide** mends that. It does not list more examples; it settles how to decide. Ours has one sentence at its heart: *label the team that must act first, not the words the customer uses*. Then it has twelve rules for what that sentence leaves open. Read it now. It takes five minutes, and you can skip the part on urgency. While you label, the `?` key opens it.

# %% jupyter={"source_hidden": true}
from IPython.display import Markdown

guide = (dataset("tickets") / "labelling_guide.md").read_text(encoding="utf-8")
Markdown(guide.replace("\n## ", "\n#### ").replace("# Labelling", "### Labelling", 1))

# %% [markdown]
# **What goes into a good set of 50?** Judgement, mostly:
#
# - *Every category*, or you will not see the one that fails.
# - *The hard tickets on purpose*: threads, typos, anger, other languages, two requests in one, text that tries to give the model orders. Each kind is rare in a random draw and frequent in complaints. Such a kind is called a **slice**.
# - *Nothing twice.* Two copies of one ticket count as one example.
# - *Nothing that stands in the prompt.* If the model has seen the answer, the question is worthless. These tickets are examples in one of our prompts, so you will not be asked to label them:

# %%
print(", ".join(sorted(in_the_prompt)))

# %% [markdown] brief="p1-eval-set"

# %% [markdown]
# Label with the number keys or the mouse. Each label is on disk before the next ticket shows, so you can stop at any time and go on tomorrow. Below the ticket you see which slices are still thin: *Show me next* fetches tickets of a slice that you choose.

# %% jupyter={"source_hidden": true}
labelling = label(
    tickets.where(ticket.id for ticket in everything),
    CATEGORIES,
    here.evals / "triage.jsonl",
    guide=guide,
    target=50,
)
labelling

# %% [markdown]
# A set that nobody can explain gets thrown away by the next person. Write its **card**: why the set exists, where the rows come from, how they were labelled, and what you know is wrong with it. A few honest sentences are worth more than a page.

# %% answer="p1-eval-set"
# Write the card as a text in triple quotes, in place of the first dots.
card = ...
### BEGIN SOLUTION
card = """# Ticket triage, first eval set

Why: to know how often triage picks the right team before we ship it, and to notice when a new prompt is worse.
Where from: real tickets of 16 weeks, drawn at random first, then hard kinds added on purpose.
How labelled: one person, once, by the labelling guide.
Known flaws: nobody checked the labels a second time; hard tickets are more frequent than in our mail, so the
accuracy here is lower than on an ordinary day; other languages are too few to say anything about one of them.
"""
if not labelling.eval_set():
    # nobody has labelled in this workspace: labels of the course stand in
    from graders.phase_1.reference import ReferenceLabelling

    labelling = ReferenceLabelling()
### END SOLUTION
my_set = labelling.eval_set(card)

# %% grade="p1-eval-set"
check("p1-eval-set", my_set)

# %% [markdown]
# Where your label and the guide's differ, read the argument. If you still hold your view, good: write it into the card. A guide is an agreement, not a law of nature, and teams change theirs after exactly such a discussion.
#
# *Experts disagree about* how many examples a first set needs. Some teams begin with 20 that they know by heart; others want several hundred before they look at a number. Fifty is where an interval becomes narrow enough to catch a disaster, and it is still one afternoon's work. You will see in a moment what it cannot catch.
#
# ---
# *Stop here if you like. The next sitting takes about 35 minutes.*

# %% [markdown]
# ## 4. Would your set notice?
#
# By now the desk runs a better triage: it reads only the newest message of a thread and adds the keywords' evidence to the model's. It is right on 68 of 100 tickets. Last month colleagues proposed twelve changes to it. Eight of them do harm: one makes triage read only the first 40 characters, one sends every ticket that is not in English to *other*. Four change next to nothing.
#
# A colleague has an eval set, too. It took her an hour: the first 50 ordinary tickets in the queue, all labelled right. Here is what it would have stopped.

# %%
easy = [ticket for ticket in everything if not ticket.slices][:50]
plots.caught_changes(*changes_seen(easy))

# %% [markdown]
# Three harmful changes go out, with a green tick. Her set holds no ticket in another language, so it cannot see that all of them are now lost. It has angry tickets only by accident. And where four answers get worse and two get better, nobody can tell harm from chance.
#
# That is what an eval set is for. Rows are what it *costs*. What it is *worth* is the share of harmful changes that it stops, while the harmless ones go through. Fifty rows of the wrong kind are cheap and nearly blind.
#
# When does a set stop a change? Count the rows that got worse and those that got better. If a change does no harm, each changed row is a coin toss. The set raises the alarm when so many fall on the bad side that chance alone would do it in at most one case of twenty. Five worse and none better is just enough ($0.5^5 = 0.03$); four is not. So a kind of ticket is only guarded if you have **about eight rows of it**: of those, triage gets five or six right today, and those are the ones that can be lost.

# %% [markdown] brief="p1-detection"

# %% [markdown]
# This is how your set does now:

# %%
seen, rows = changes_seen(my_set)
plots.caught_changes(seen, rows) if rows else None

# %% [markdown]
# Whatever slips through tells you what to label next. Here is the labeller again; *Show me next* fetches the kind of ticket that you are missing. Thirty more tickets, chosen well, are enough. Then put `labelling.eval_set(card)` in place of the dots.

# %% jupyter={"source_hidden": true}
labelling

# %% answer="p1-detection"
# When you have labelled more, put labelling.eval_set(card) in place of the first dots.
wider_set = ...
### BEGIN SOLUTION
wider_set = labelling.eval_set(card)
if len(wider_set) <= 60:
    # nobody has labelled more in this workspace: labels of the course stand in
    from graders.phase_1.reference import detecting_eval_set

    wider_set = detecting_eval_set()
### END SOLUTION
my_set = my_set if wider_set is ... else wider_set

# %% grade="p1-detection"
check("p1-detection", wider_set)

# %%
seen, rows = changes_seen(my_set)
plots.caught_changes(seen, rows) if rows else None

# %% [markdown]
# Nobody catches everything, and a set that catches changes you have seen may miss the next one. That is why the check also uses changes that it does not show. When something slips through at work, and it will, the first thing you do is add the tickets that would have caught it. A good eval set is a diary of everything that went wrong.
#
# *Experts disagree about* how to choose rows. Some draw at random only, because then the accuracy is the one that customers see; a set that was filled up with hard tickets looks worse than the feature is. Others choose for detection, as you just did. Many teams keep both: a random set for the number and a chosen set for the gate.
#
# ---
# *Stop here if you like. The next sitting takes about 50 minutes.*

# %% [markdown]
# ## 5. One number is not enough
#
# Twenty teams evaluate the same feature. Each draws its own 50 tickets from the same pool, labels them without a mistake, and reports its accuracy.

# %%
whole = run(triage, everything, [scorers.label(CATEGORIES)])
plots.same_feature_many_sets(whole.frame()["correct"].tolist(), size=50, sets=20)

# %% [markdown]
# The feature did not change. The teams made no mistake. And still the best and the worst of them would tell their managers very different stories. That scatter is not noise to be ashamed of; it is what 50 examples can tell, and an honest report says so.
#
# The way to say it is an **interval**: a range, computed from your own 50 only, that contains the true accuracy for 95 of 100 teams. Look at the bars: nearly all of them contain the dashed line, though no team has seen it. A cross marks one that does not.
#
# Beware of the formula that most people remember, $p \pm 1.96\sqrt{p(1-p)/n}$. At 50 examples it is too narrow where it matters, and at 50 of 50 right it claims certainty: a width of zero.

# %% [markdown] brief="p1-accuracy"

# %% [markdown]
# Two traps are built in. A call that failed gave the user no answer, so think about where it belongs. And the interval has to keep its promise at the ends too, at 0 of 50 and at 50 of 50. You may use any library; `scipy.stats` is installed.


# %% answer="p1-accuracy"
def accuracy(outcomes):
    """Return (accuracy, low, high), three shares between 0 and 1.

    outcomes: a list with one entry for each example:
        True (right), False (wrong) or None (the call failed).
    """
    ### BEGIN SOLUTION
    from scipy.stats import binomtest

    right = sum(outcome is True for outcome in outcomes)
    interval = binomtest(right, len(outcomes)).proportion_ci(0.95, method="wilson")
    return right / len(outcomes), interval.low, interval.high
    ### END SOLUTION


# %% grade="p1-accuracy"
check("p1-accuracy", accuracy)

# %% [markdown]
# Now use it. Run the feature over your own set. The run is kept in `feature/runs/`; if you stop it half-way, it continues where it was.

# %%
my_run = None
if len(my_set):
    my_run = run(triage, my_set, [scorers.label(CATEGORIES)], cache=here.runs / "triage.jsonl")
    rows = my_run.frame()
    outcomes = rows["correct"].where(rows["error"].isna(), None).tolist()
    measured = accuracy(outcomes)
    if isinstance(measured, tuple):
        measured = [round(float(share), 3) for share in measured]
    print("accuracy, low, high:", measured)
else:
    print("Label some tickets in section 3 first; then run this cell again.")

# %%
plots.interval_by_size(my_run.passes(), len(my_run)) if my_run else None

# %% [markdown]
# Read the row that is yours, then the one with 200 examples. To halve the width you need about four times as many examples. That is the price of precision, and the reason why nobody proves a two-point improvement with 50 rows.
#
# What your 50 *can* do: catch the change that breaks a third of the answers, on the day it is made. Before your next prompt edit, write down which accuracy would make you stop. A gate that you choose after seeing the number is no gate.

# %% [markdown]
# ## 6. A picture that a colleague understands
#
# You paste this into the team's chat:

# %%
whole.frame()[["id", "target", "output", "correct"]].head(12)

# %% [markdown]
# Nobody reads it. So you send one number instead, and somebody asks: *which team gets the wrong tickets, and whose tickets are they?* One accuracy hides that. A feature can be right two times in three and never right for one team.

# %% [markdown] brief="p1-figure"

# %% [markdown]
# Draw what a colleague needs to see: either a confusion matrix (true category against answer), or one bar for each category, with its interval. `frame` has the columns `id`, `target` (the true category), `output` (the answer, or None where the call failed) and `correct`. Give it a title that says what you found, and label both axes. Some runs have failed calls: count them as wrong, and let the reader see them.


# %% answer="p1-figure"
def draw(frame):
    """Return a matplotlib figure that shows how right the feature is for each category."""
    ### BEGIN SOLUTION
    import matplotlib.pyplot as plt

    by_category = {name: group["correct"].tolist() for name, group in frame.groupby("target")}
    ranked = sorted(by_category, key=lambda name: sum(by_category[name]) / len(by_category[name]))
    figure, axes = plt.subplots(figsize=(7.5, 4))
    for row, name in enumerate(ranked):
        share, low, high = accuracy(by_category[name])
        axes.barh(row, 100 * share, color="#0072B2", alpha=0.8)
        axes.errorbar(
            100 * share,
            row,
            xerr=[[100 * (share - low)], [100 * (high - share)]],
            color="black",
            capsize=4,
        )
    axes.set_yticks(
        range(len(ranked)), [f"{name} (n = {len(by_category[name])})" for name in ranked]
    )
    axes.set_xlim(0, 100)
    axes.set_xlabel("tickets sorted right (%), with 95% interval; failed calls count as wrong")
    axes.set_ylabel("true category")
    axes.set_title(
        f"Tickets for {ranked[0]} are sorted worst, tickets for {ranked[-1]} best", loc="left"
    )
    figure.tight_layout()
    return figure
    ### END SOLUTION


# %% grade="p1-figure"
check("p1-figure", draw)

# %%
my_figure = draw(my_run.frame()) if my_run else None
my_figure

# %% [markdown]
# Look at the widest intervals, or in a matrix at the rows with the fewest tickets. With eight examples of a category, the interval reaches from bad to good, and the honest title is "we do not know yet". That tells you which tickets to label next.

# %% [markdown]
# ## What you have now
#
# - A documented eval set in `feature/evals/triage.jsonl`, with a card, and you know which changes it would stop. That is what exit criterion 1.2 asks for, and the course notes it as *practised here*.
# - A number with an interval that you can defend.
# - A picture that says where the feature fails.
# - A habit: nothing ships on the strength of five answers.
#
# It becomes *done at work* only when such a set guards a call of your own product. Take the next LLM call that you touch at work and write 20 examples before you change its prompt. It takes an hour, and it is quicker than adding evals later.
#
# Then go back to *Start here* and answer the six questions again.

# %% jupyter={"source_hidden": true}
phase_resources(1)
