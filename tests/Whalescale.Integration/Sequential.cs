// A test here measures the machine it runs on: two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
