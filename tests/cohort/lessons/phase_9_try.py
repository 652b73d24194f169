# %% [markdown]
# # Phase 9: try it
#
# A small notebook with two exercises.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
from graders.feedback import check

# %% [markdown]
# ## Double a number
#
# Write the function.


# %% answer="p9-double"
def double(n):
    """Return twice `n`."""
    ### BEGIN SOLUTION
    return n + n
    ### END SOLUTION


# %% grade="p9-double"
check("p9-double", double)

# %% [markdown]
# ## Collect ten rows, in `rows`

# %%
in_between = "cells that are not graded"

# %% answer="p9-rows"
rows = ...
### BEGIN SOLUTION
rows = [f"row {n}" for n in range(10)]
### END SOLUTION

# %% grade="p9-rows"
check("p9-rows", rows)
